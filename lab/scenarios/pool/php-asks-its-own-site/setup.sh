echo '127.0.0.1 shop.test' >>/etc/hosts
php_set pm static
php_set pm.max_children 2
php_site shop "$PHP_SOCKET" 'fastcgi_read_timeout 4s;'
php_page shop prices.php <<<'<?php echo "{}\n";'
php_page shop index.php <<'PHP'
<?php
if (file_exists(__DIR__ . '/slow')) usleep(300000);
$prices = json_decode(file_get_contents('http://shop.test/prices.php'));
echo "shop\n";
PHP
php_up
wait_port "$PHP_SOCKET"
nginx_up
