mkdir /run/php-shop
cat >"$PHP_POOLS/shop.conf" <<'POOL'
[shop]
user = www-data
group = www-data
listen = /run/php-shop/shop.sock
listen.owner = www-data
listen.group = www-data
pm = ondemand
pm.max_children = 3
POOL
php_site shop /run/php-shop/shop.sock
php_page shop index.php <<<'<?php echo 1;'
php_up
nginx_up
