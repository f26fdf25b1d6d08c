php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php echo "shop\n";'
nginx_up
