php_set pm.max_spare_servers 50
systemctl restart "$PHP_UNIT" || :
wait_state "$PHP_UNIT" failed
