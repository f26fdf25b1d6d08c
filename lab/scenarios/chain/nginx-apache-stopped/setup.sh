php_page shop index.php <<<'<?php echo "ok\n";'
php_up
wait_port "$PHP_SOCKET"
apache_port 8080
apache_php shop "$PHP_SOCKET"
apache_up
proxy_site shop http://127.0.0.1:8080
nginx_up
