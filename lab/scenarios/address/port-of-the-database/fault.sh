sed -i 's/127.0.0.1:9000/127.0.0.1:3306/' /etc/nginx/sites-available/shop
nginx_reload
