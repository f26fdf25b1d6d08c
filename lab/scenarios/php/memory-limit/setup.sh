php_site shop "$PHP_SOCKET"
php_page shop export.php <<<'<?php echo "export\n";'
php_set 'php_admin_value[memory_limit]' 32M
php_up
wait_port "$PHP_SOCKET"
nginx_up
