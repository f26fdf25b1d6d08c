sed -i 's#/run/php/php[0-9.]*-fpm.sock#/run/php/php7.4-fpm.sock#' /etc/apache2/conf-available/php-all.conf
systemctl reload apache2
eventually sees http://shop.test/ 503
