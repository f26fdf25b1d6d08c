systemctl stop "$PHP_UNIT"
hit http://shop.test/ 30
systemctl start "$PHP_UNIT"
wait_port "$PHP_SOCKET"
age_log /var/log/nginx/error.log
