php_site other "$PHP_SOCKET"
php_page other index.php <<<'<?php echo "other\n";'
php_page shop index.php <<<'<?php echo "shop\n";'
php_up
nginx_up
mkdir -p /srv/image/nginx /sockets
cp -a /etc/nginx/. /srv/image/nginx
rm -f /srv/image/nginx/sites-enabled/*
cat >/srv/image/nginx/conf.d/shop.conf <<CONF
server {
    listen 80;
    server_name shop.test;
    root /var/www/shop;
    index index.php;
    location ~ \.php\$ {
        include fastcgi.conf;
        fastcgi_pass unix:/sockets/$(basename "$PHP_SOCKET");
    }
}
CONF
container web 10.0.3 bash -c 'mount --bind /srv/image/nginx /etc/nginx && mount --bind /run/php /sockets && mount -t tmpfs none /run/php && exec nginx -g "daemon off;"'
eventually bash -c ': </dev/tcp/10.0.3.2/80'
sed -i '/shop.test$/d' /etc/hosts
echo '10.0.3.2 shop.test' >>/etc/hosts
