mkdir -p /var/www/shop
php_page shop index.php <<<'<?php echo "shop\n";'
site shop <<EOF
server {
    listen 80;
    server_name shop.test;
    root /var/www/shop;
    index index.php;
    error_page 503 @maintenance;

    if (-f \$document_root/maintenance.on) {
        return 503;
    }
    location @maintenance {
        default_type text/html;
        return 503 "<h1>Back soon</h1>";
    }
    location ~ \.php\$ {
        include snippets/fastcgi-php.conf;
        fastcgi_pass unix:$PHP_SOCKET;
    }
}
EOF
php_up
nginx_up
