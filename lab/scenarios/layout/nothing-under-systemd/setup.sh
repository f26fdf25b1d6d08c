php_site shop 127.0.0.1:9000
php_page shop index.php <<<'<?php echo "shop\n";'
php_set listen 127.0.0.1:9000
mkdir -p /run/php
"php-fpm$PHP" --daemonize
wait_port 9000
nginx
wait_port 80
