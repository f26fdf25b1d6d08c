systemctl stop "$PHP_UNIT"
hit http://shop.test/ 3
systemctl start "$PHP_UNIT"
wait_port "$PHP_SOCKET"
