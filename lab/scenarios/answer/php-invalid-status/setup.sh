php_site shop "$PHP_SOCKET"
php_page shop old.php <<<'<?php echo "old\n";'
php_up
nginx_up
