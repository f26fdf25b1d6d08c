php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php echo "shop\n";'
php_up
node_app blog 'Environment=PORT=4000' <<<"$NODE_HELLO"
start blog 4000
proxy_site blog http://127.0.0.1:4000
echo '127.0.0.1 blog.test' >>/etc/hosts
nginx_up
