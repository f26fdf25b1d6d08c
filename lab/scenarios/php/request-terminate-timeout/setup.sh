php_set request_terminate_timeout 2s
php_site shop "$PHP_SOCKET"
php_page shop report.php <<<'<?php echo "report\n";'
php_up
nginx_up
