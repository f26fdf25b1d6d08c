php_page shop index.php <<<'<?php echo "ok\n";'
php_up
wait_port "$PHP_SOCKET"
usermod -aG www-data caddy
caddy_conf <<EOF
http://shop.test {
	root * /var/www/shop
	php_fastcgi unix/$PHP_SOCKET
	file_server
}
EOF
caddy_up
