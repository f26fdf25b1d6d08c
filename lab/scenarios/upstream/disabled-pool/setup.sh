snippet pools <<EOF
# server unix:/run/php/php7.4-fpm.sock;
server unix:$PHP_SOCKET max_fails=3;
EOF
conf php <<'EOF'
upstream php {
    zone php 64k;
    include snippets/pools.conf;
}
EOF
php_site shop php
sed -i 's#fastcgi_pass .*#fastcgi_pass php;#' /etc/nginx/sites-available/shop
php_page shop index.php <<<'<?php echo "shop\n";'
php_up
wait_port "$PHP_SOCKET"
nginx_up
