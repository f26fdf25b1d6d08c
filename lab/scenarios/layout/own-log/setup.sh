conf format <<'EOF'
log_format timed '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                 '"$http_referer" "$http_user_agent" rt=$request_time ua="$upstream_addr" '
                 'us="$upstream_status" ut="$upstream_response_time" ul="$upstream_response_length" '
                 'uht="$upstream_header_time" uct="$upstream_connect_time"';
EOF
php_page shop stock.php <<<'<?php echo "stock\n";'
mkdir -p /var/log/nginx/shop
site shop <<EOF
server {
    listen 80;
    server_name shop.test;
    root /var/www/shop;
    access_log /var/log/nginx/shop/access.log timed;
    error_log /var/log/nginx/shop/error.log warn;
    location ~ \.php\$ {
        include snippets/fastcgi-php.conf;
        fastcgi_pass unix:$PHP_SOCKET;
        fastcgi_read_timeout 2;
    }
}
EOF
php_up
nginx_up
