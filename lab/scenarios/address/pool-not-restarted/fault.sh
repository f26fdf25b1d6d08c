php_set listen /run/php/shop.sock
sed -i "s#unix:$PHP_SOCKET#unix:/run/php/shop.sock#" /etc/nginx/sites-available/shop
nginx_reload
