systemctl stop "$PHP_UNIT"
hit http://shop.test/ 3
systemctl start "$PHP_UNIT"
wait_port "$PHP_SOCKET"
age_lines /var/log/apache2/error.log /var/log/apache2/other_vhosts_access.log
systemctl reload apache2
