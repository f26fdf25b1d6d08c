php_page shop index.php <<<'<?php echo "shop\n";'
site shop <<EOF
server {
    listen 80;
    server_name shop.test;
    root /var/www/shop;
    location ~ \.php\$ {
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;
        fastcgi_pass unix:$PHP_SOCKET;
    }
}
EOF
php_up
nginx_up
