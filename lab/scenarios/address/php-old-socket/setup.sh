snippet php <<EOF
location ~ \.php\$ {
    include snippets/fastcgi-php.conf;
    fastcgi_pass unix:$PHP_SOCKET;
}
EOF
mkdir -p /var/www/shop
php_page shop index.php <<<'<?php echo "shop\n";'
site shop <<'EOF'
server {
    listen 80;
    server_name shop.test;
    root /var/www/shop;
    index index.php;
    include snippets/php.conf;
}
EOF
php_up
nginx_up
