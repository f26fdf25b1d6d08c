php_site shop "$PHP_SOCKET"
php_page shop cart.php <<<'<?php echo strlen("cart"), "\n";'
php_page shop export.php <<<'<?php ini_set("memory_limit", "4M"); $a = []; while (true) $a[] = str_repeat("x", 100000);'
php_up
wait_port "$PHP_SOCKET"
nginx_up
hit http://shop.test/export.php 2
