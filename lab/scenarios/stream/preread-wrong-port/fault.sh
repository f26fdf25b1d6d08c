sed -i 's/127.0.0.1:8443/127.0.0.1:8444/' /etc/nginx/stream.conf
nginx_reload
