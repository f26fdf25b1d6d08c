systemctl stop "$PHP_UNIT"
rm -rf /run/php-shop
systemctl start "$PHP_UNIT" || :
wait_state "$PHP_UNIT" failed
