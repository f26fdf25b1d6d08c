sed -i 's#unix:/run/php/php[0-9.]*-fpm.sock#unix:/run/php/php-shop.sock#' /etc/nginx/sites-available/shop
systemctl reload nginx
eventually sees http://shop.test/ 502
