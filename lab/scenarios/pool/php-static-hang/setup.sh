php_set pm static
php_set pm.max_children 3
php_set listen 127.0.0.1:9000
php_site shop 127.0.0.1:9000
php_page shop index.php <<<'<?php echo "shop\n";'
php_page shop wait.php <<<'<?php sleep(600);'
php_up
wait_port 9000
nginx_up
