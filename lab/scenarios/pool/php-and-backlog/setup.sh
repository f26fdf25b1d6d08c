php_set pm static
php_set pm.max_children 2
php_set listen.backlog 2
php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php echo "shop\n";'
php_page shop import.php <<<'<?php sleep(600);'
php_up
wait_port "$PHP_SOCKET"
nginx_up
