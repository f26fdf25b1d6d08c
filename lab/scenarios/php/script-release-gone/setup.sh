mkdir -p /srv/shop/releases/41/public /srv/shop/releases/42/public
for release in 41 42; do echo '<?php echo "shop\n";' >"/srv/shop/releases/$release/public/index.php"; done
ln -s releases/41 /srv/shop/current
site shop <<EOF
server {
    listen 80 default_server;
    server_name shop.test;
    root /srv/shop/current/public;
    location / { rewrite ^ /index.php last; }
    location = /index.php { include fastcgi.conf; fastcgi_pass unix:$PHP_SOCKET; }
}
EOF
rm /etc/nginx/sites-enabled/default
php_up
wait_port "$PHP_SOCKET"
nginx_up
