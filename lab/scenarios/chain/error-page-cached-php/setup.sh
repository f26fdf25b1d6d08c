mkdir -p /var/cache/php
conf cache <<'EOF'
fastcgi_cache_path /var/cache/php levels=1 keys_zone=php:1m inactive=1d;
fastcgi_cache_key "$scheme$request_method$host$request_uri";
EOF
php_site shop "$PHP_SOCKET" 'fastcgi_cache php; fastcgi_cache_valid 200 1s; fastcgi_cache_valid 503 1d;'
php_page shop sale.php <<'PHP'
<?php
if (file_exists('/srv/trouble')) http_response_code(503);
echo "sale\n";
PHP
php_up
wait_port "$PHP_SOCKET"
nginx_up
