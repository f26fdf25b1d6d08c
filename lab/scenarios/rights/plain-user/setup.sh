php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php echo "shop\n";'
php_up
nginx_up
# As logrotate leaves it on Debian.
chown www-data:adm /var/log/nginx/error.log
chmod 640 /var/log/nginx/error.log
useradd --create-home guest
useradd --create-home --groups adm ops
useradd --create-home --groups systemd-journal reader
nft add table inet other
nft add chain inet other in '{ type filter hook input priority 0; }'
