sed -i 's/ssl_preread on;/ssl_preread on;\n        proxy_protocol on;/' /etc/nginx/stream.conf
nginx_reload
