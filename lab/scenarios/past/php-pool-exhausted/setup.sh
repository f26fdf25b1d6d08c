php_set pm dynamic
php_set pm.max_children 2
php_set pm.start_servers 1
php_set pm.min_spare_servers 1
php_set pm.max_spare_servers 2
php_site shop "$PHP_SOCKET" 'fastcgi_read_timeout 1s;'
php_page shop index.php <<<'<?php echo "ok\n";'
php_page shop report.php <<<'<?php sleep(6); echo "done\n";'
php_up
nginx_up
