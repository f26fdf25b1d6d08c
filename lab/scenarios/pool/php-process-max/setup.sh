sed -i 's/^;\? *process.max = .*/process.max = 3/' /etc/php/8.2/fpm/php-fpm.conf
grep -q '^process.max = 3' /etc/php/8.2/fpm/php-fpm.conf
php_set pm ondemand
php_set pm.max_children 8
cat >$PHP_POOLS/batch.conf <<'EOF'
[batch]
user = www-data
group = www-data
listen = /run/php/batch.sock
listen.owner = www-data
listen.group = www-data
pm = ondemand
pm.max_children = 8
EOF
php_page shop index.php <<<'<?php echo "shop\n";'
php_page batch index.php <<<'<?php sleep(600);'
php_site shop "$PHP_SOCKET" 'fastcgi_read_timeout 2s;'
php_site batch /run/php/batch.sock 'fastcgi_read_timeout 700s;'
echo '127.0.0.1 batch.test' >>/etc/hosts
php_up
wait_port "$PHP_SOCKET"
nginx_up
