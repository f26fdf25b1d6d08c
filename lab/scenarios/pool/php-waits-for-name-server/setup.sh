php_set pm static
php_set pm.max_children 2
php_site shop "$PHP_SOCKET" 'fastcgi_read_timeout 3s;'
php_page shop index.php <<<'<?php $u = @fopen("http://partner.example/", "r"); echo 1;'
php_up
nginx_up
