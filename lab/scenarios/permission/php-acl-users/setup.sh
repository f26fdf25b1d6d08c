php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php echo 1;'
php_up
wait_port "$PHP_SOCKET"
nginx_up
