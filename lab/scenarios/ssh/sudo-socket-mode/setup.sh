user shop
mkdir -p /var/www/shop
cat >"$PHP_POOLS/shop.conf" <<'CONF'
[shop]
user = shop
group = shop
listen = /run/php/shop.sock
listen.owner = www-data
listen.group = www-data
pm = ondemand
pm.max_children = 4
CONF
chmod 600 "$PHP_POOLS/shop.conf"
php_site shop /run/php/shop.sock
php_page shop index.php <<<'<?php echo "shop\n";'
php_up
wait_port /run/php/shop.sock
nginx_up
ssh_up
login deploy
echo 'deploy ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/deploy
