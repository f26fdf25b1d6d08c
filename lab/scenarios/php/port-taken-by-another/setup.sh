php_set listen 127.0.0.1:9000
php_page shop index.php <<<'<?php echo "shop\n";'
php_site shop 127.0.0.1:9000
php_up
wait_port 9000
nginx_up
