php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php echo "shop\n";'
php_up
nginx_up
