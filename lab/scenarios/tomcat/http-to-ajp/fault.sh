sed -i 's/:8080/:8009/' /etc/nginx/sites-available/shop
nginx_reload
