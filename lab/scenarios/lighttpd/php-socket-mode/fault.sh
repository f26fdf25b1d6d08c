php_set listen.owner root
php_set listen.group root
php_set listen.mode 0600
systemctl restart "$PHP_UNIT"
wait_port "$PHP_SOCKET"
