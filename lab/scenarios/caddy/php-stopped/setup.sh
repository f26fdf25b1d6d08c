php_page shop index.php <<<'<?php echo "ok\n";'
php_up
wait_port "$PHP_SOCKET"
usermod -aG www-data caddy
caddy_conf <<EOF
:80 {
	root * /var/www/shop
	encode gzip
	php_fastcgi unix/$PHP_SOCKET
	file_server
}
EOF
caddy_up
