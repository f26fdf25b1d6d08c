php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php echo "shop\n";'
php_page shop report.php <<<'<?php echo "report\n";'
php_set 'php_admin_value[memory_limit]' -1
php_up
wait_port "$PHP_SOCKET"
nginx_up
