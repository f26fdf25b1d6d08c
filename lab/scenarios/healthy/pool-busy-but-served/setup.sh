php_set pm static
php_set pm.max_children 3
php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php usleep(200000); echo "shop\n";'
php_up
wait_port "$PHP_SOCKET"
nginx_up
