php_page shop index.php <<<'<?php echo "shop ", $_SERVER["PATH_INFO"] ?? "", "\n";'
rm /etc/nginx/sites-enabled/default
site shop <<INC
server {
    listen 80 default_server;
    listen [::]:80 default_server;
    server_name shop.test;
    root /var/www/shop;
    location / { try_files \$uri /index.php\$is_args\$args; }
    location ~ ^/index\.php(/|\$) {
        fastcgi_split_path_info ^(.+\.php)(/.*)\$;
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;
        fastcgi_param PATH_INFO \$fastcgi_path_info;
        fastcgi_pass unix:$PHP_SOCKET;
    }
}
INC
php_up
wait_port "$PHP_SOCKET"
nginx_up
