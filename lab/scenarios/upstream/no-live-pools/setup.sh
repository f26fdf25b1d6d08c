sed "s/^\[www\]/[second]/; s#^listen = .*#listen = /run/php/second.sock#" "$PHP_POOLS/www.conf" >"$PHP_POOLS/second.conf"
conf pools <<CONF
upstream pools {
    zone pools 64k;
    server unix:$PHP_SOCKET fail_timeout=10m;
    server unix:/run/php/second.sock fail_timeout=10m;
}
CONF
php_site shop pools
sed -i 's#^\( *fastcgi_pass\) .*#\1 pools;#' /etc/nginx/sites-available/shop
php_page shop index.php <<<'<?php echo "shop\n";'
php_up
wait_port /run/php/second.sock
nginx_up
