php_page shop index.php <<<'<?php echo "ok\n";'
php_up
wait_port "$PHP_SOCKET"
apache_php shop "$PHP_SOCKET"
apache_proxy news http://127.0.0.1:9/ 'ProxyTimeout 3'
apache_up
echo '127.0.0.1 news.test' >>/etc/hosts
