sed -i 's/worker_connections 768;/worker_connections 32;/; s/^worker_processes auto;/worker_processes 1;/' /etc/nginx/nginx.conf
conf timeouts <<<'client_header_timeout 1h;'
php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php echo "shop\n";'
php_up
nginx_up
