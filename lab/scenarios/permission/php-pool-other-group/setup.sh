user shop
cat >"$PHP_POOLS/shop.conf" <<'INI'
[shop]
user = shop
group = shop
listen = /run/php/$pool.sock
listen.owner = shop
listen.group = www-data
listen.mode = 0660
pm = ondemand
pm.max_children = 5
INI
php_page shop index.php <<<'<?php echo "shop\n";'
php_site shop /run/php/shop.sock
php_up
wait_port /run/php/shop.sock
nginx_up
