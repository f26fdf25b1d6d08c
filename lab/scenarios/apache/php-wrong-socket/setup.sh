php_page shop index.php <<<'<?php echo "ok\n";'
php_up
wait_port "$PHP_SOCKET"
a2enmod -q proxy_fcgi setenvif
cat >/etc/apache2/conf-available/php-all.conf <<EOF
<FilesMatch ".+\.php$">
    SetHandler "proxy:unix:$PHP_SOCKET|fcgi://localhost"
</FilesMatch>
EOF
a2enconf -q php-all
apache_site shop <<'EOF'
<VirtualHost *:80>
    ServerName shop.test
    ServerAlias www.shop.test *.shop.test
    DocumentRoot /var/www/shop
    DirectoryIndex index.php
</VirtualHost>
EOF
apache_up
