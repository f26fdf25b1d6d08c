php_set listen 127.0.0.1:9000
php_page shop info.php <<<'<?php echo "info\n";'
php_up
wait_port 9000
apache_modules proxy proxy_fcgi
apache_site shop <<'EOF'
<VirtualHost *:80>
    ServerName shop.test
    DocumentRoot /var/www/shop
    ProxyPassMatch "^/(.*\.php)$" "fcgi://127.0.0.1:9000/var/www/shop/$1"
</VirtualHost>
EOF
apache_up
