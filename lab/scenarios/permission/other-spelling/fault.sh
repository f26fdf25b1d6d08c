sed -i '/^listen.owner/d; /^listen.group/d' "$PHP_POOLS/www.conf"
systemctl restart "$PHP_UNIT"
wait_port "$PHP_SOCKET"
