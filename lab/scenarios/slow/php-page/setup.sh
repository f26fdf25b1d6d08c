php_site shop "$PHP_SOCKET" 'fastcgi_read_timeout 2s;'
php_page shop index.php <<<'<?php echo "shop\n";'
php_page shop report.php <<<'<?php echo "report\n";'
php_up
nginx_up
