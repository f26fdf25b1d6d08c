php_set listen.mode 0600
php_set listen.owner root
systemctl restart "$PHP_UNIT"
wait_port "$PHP_SOCKET"
