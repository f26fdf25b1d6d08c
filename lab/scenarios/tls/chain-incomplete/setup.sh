authority company
intermediate issuing company
certificate api issuing api.internal
cp /etc/ssl/lab/api.crt /etc/ssl/lab/leaf.crt
cat /etc/ssl/lab/leaf.crt /etc/ssl/lab/issuing.crt >/etc/ssl/lab/api.crt
tls_app api 8443
tls_site api 'proxy_ssl_verify_depth 3;'
nginx_up
