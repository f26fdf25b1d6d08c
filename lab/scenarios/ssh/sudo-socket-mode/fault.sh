sed -i 's/^listen.owner.*/listen.owner = shop/; s/^listen.group.*/listen.group = shop/' "$PHP_POOLS/shop.conf"
systemctl restart "$PHP_UNIT"
wait_port /run/php/shop.sock
