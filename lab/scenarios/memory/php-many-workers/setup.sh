php_site shop "$PHP_SOCKET"
php_set 'php_admin_value[memory_limit]' 32M
php_set 'php_admin_flag[display_errors]' off
php_page shop index.php <<<'<?php echo "shop\n";'
php_page shop export.php <<'PHP'
<?php
$rows = [];
for ($i = 0; $i < (int) @file_get_contents('/var/www/shop/rows'); $i++) { $rows[] = str_repeat('x', 1000) . $i; }
echo count($rows), "\n";
PHP
echo 10 >/var/www/shop/rows
php_up
wait_port "$PHP_SOCKET"
nginx_up
