sed -i 's/proxy_ssl_server_name on; //' /etc/nginx/sites-available/shop
nginx_reload
