node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
conf php-backend <<<"upstream php { server unix:$PHP_SOCKET; }"
php_site blog php
sed -i 's#^\( *fastcgi_pass\) .*#\1 php;#' /etc/nginx/sites-available/blog
php_page blog index.php <<<'<?php echo "blog\n";'
php_up
nginx_up
