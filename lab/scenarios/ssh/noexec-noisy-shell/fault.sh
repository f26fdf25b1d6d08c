sed -i "s|unix:$PHP_SOCKET|unix:/run/php/old.sock|" /etc/nginx/sites-available/shop
nginx_reload
