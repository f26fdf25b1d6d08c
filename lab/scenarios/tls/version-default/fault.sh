sed -i 's/ssl_protocols TLSv1.2 TLSv1.3;/ssl_protocols TLSv1.3;/' /etc/nginx/conf.d/backend.conf
nginx_reload
