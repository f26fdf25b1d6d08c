php_site shop "$PHP_SOCKET"
php_page shop cart.php <<<'<?php echo "cart\n";'
php_up
nginx_up
