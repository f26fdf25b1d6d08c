echo 127.0.0.1 search.internal >>/etc/hosts
conf search <<'EOF'
upstream search {
    server search.internal:9200;
}
server {
    listen 80;
    server_name search.test;
    location / { proxy_pass http://search; }
}
EOF
php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php echo "shop\n";'
php_up
nginx_up
