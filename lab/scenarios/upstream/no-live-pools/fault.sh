systemctl stop "$PHP_UNIT"
hit http://shop.test/ 4
systemctl start "$PHP_UNIT"
wait_port /run/php/second.sock
