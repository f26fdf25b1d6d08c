sed -i 's/^pm.max_children = 5/pm.max_childen = 50/' "$PHP_POOLS/www.conf"
systemctl restart "$PHP_UNIT" || :
wait_state "$PHP_UNIT" failed
