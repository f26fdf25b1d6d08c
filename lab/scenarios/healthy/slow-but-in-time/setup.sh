php_site shop "$PHP_SOCKET"
php_page shop report.php <<<'<?php echo "report\n";'
php_up
nginx_up
