sed -i 's/listen.group = www-data/listen.group = shop/' "$PHP_POOLS/shop.conf"
systemctl restart "$PHP_UNIT"
wait_port /run/php/shop.sock
