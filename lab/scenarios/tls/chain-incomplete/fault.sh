cp /etc/ssl/lab/leaf.crt /etc/ssl/lab/api.crt
start api 127.0.0.1:8443
