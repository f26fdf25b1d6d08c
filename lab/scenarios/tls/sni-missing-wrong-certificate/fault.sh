sed -i 's/proxy_ssl_server_name on;/proxy_ssl_server_name off;/' /etc/nginx/snippets/tls-to-backend.conf
nginx_reload
