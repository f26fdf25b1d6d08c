php_page shop index.php <<<'<?php echo "ok\n";'
php_up
wait_port "$PHP_SOCKET"
site shop <<EOF
server {
    listen unix:/run/nginx-shop.sock;
    server_name shop.test;
    root /var/www/shop;
    index index.php;
    location ~ \.php\$ {
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;
        fastcgi_pass unix:$PHP_SOCKET;
    }
}
EOF
rm -f /etc/nginx/sites-enabled/default
nginx -t -q
systemctl enable -q nginx
systemctl restart nginx
wait_port /run/nginx-shop.sock
apache_modules proxy proxy_http
apache_site shop <<'EOF'
<VirtualHost *:80>
    ServerName shop.test
    ProxyPreserveHost On
    ProxyPass / unix:/run/nginx-shop.sock|http://shop.test/
</VirtualHost>
EOF
apache_up
