cat >"$PHP_POOLS/shop.conf" <<'INI'
[shop]
user = www-data
group = www-data
listen = 127.0.0.1:9071
pm = static
pm.max_children = 2
INI
php_page shop image.php <<'PHP'
<?php
if (file_exists('/var/www/shop/new')) { posix_kill(getmypid(), 11); sleep(1); }
echo "image\n";
PHP
php_site shop 127.0.0.1:9071
php_up
wait_port 9071
nginx_up
