user customer7
cat >"$PHP_POOLS/customer7.conf" <<'INI'
[customer7]
user = customer7
group = customer7
listen = /run/php/customer7.sock
listen.owner = www-data
pm = ondemand
pm.max_children = 2
INI
php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php echo "shop\n";'
php_up
wait_port "$PHP_SOCKET"
nginx_up
