php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php echo "shop\n";'
php_up
node_app old 'Environment=PORT=9999' <<<"$NODE_HELLO"
cat >/etc/nginx/sites-available/old <<'EOF'
server {
    listen 80;
    server_name shop.test;
    location / { proxy_pass http://127.0.0.1:9999; }
}
EOF
cp /etc/nginx/sites-available/old /etc/nginx/conf.d/shop.conf.bak
nginx_up
