authority company
certificate shop company shop.test
php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php echo "shop\n";'
php_up
conf shop-tls <<'EOF'
server {
    listen 443 ssl;
    server_name shop.test;
    ssl_certificate /etc/ssl/lab/shop.crt;
    ssl_certificate_key /etc/ssl/lab/shop.key;
    return 301 http://shop.test$request_uri;
}
EOF
nginx_up
