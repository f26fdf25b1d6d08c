authority company
certificate shop company shop.test
php_page shop index.php <<<'<?php echo "shop\n";'
site shop <<EOF
server {
    listen 80;
    listen [::]:80;
    server_name shop.test;
    return 301 https://\$host\$request_uri;
}
server {
    listen 443 ssl http2;
    listen [::]:443 ssl http2;
    server_name shop.test;
    root /var/www/shop;
    index index.php;
    ssl_certificate /etc/ssl/lab/shop.crt;
    ssl_certificate_key /etc/ssl/lab/shop.key;
    location ~ [^/]\.php(/|\$) {
        fastcgi_split_path_info ^(.+?\.php)(/.*)\$;
        include fastcgi.conf;
        fastcgi_pass unix:$PHP_SOCKET;
    }
}
EOF
php_up
nginx_up
