php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php error_log("cache is cold"); echo "shop\n";'
php_page shop broken.php <<<'<?php undefined_function();'
php_up
nginx_up
