sed -i 's/^listen.owner.*/listen.owner = root/; s/^listen.group.*/listen.group = root/' "$PHP_POOLS/www.conf"
systemctl restart "$PHP_UNIT"
wait_port "$PHP_SOCKET"
