php_site shop "$PHP_SOCKET"
php_page shop pay.php <<<'<?php echo "paid\n";'
php_up
nginx_up
