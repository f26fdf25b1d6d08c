userdel customer7
systemctl restart "$PHP_UNIT" || :
wait_state "$PHP_UNIT" failed
