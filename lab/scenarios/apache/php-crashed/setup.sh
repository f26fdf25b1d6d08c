php_page shop index.php <<<'<?php echo "ok\n";'
php_up
wait_port "$PHP_SOCKET"
php_page shop cart/list.php <<<'<?php echo "cart\n";'
apache_php shop "$PHP_SOCKET"
apache_up
