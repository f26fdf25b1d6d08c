database shop
mysql shop -e 'CREATE TABLE stock (item INT PRIMARY KEY, number INT); INSERT INTO stock VALUES (1, 4)'
php_set pm static
php_set pm.max_children 3
php_site shop "$PHP_SOCKET" 'fastcgi_read_timeout 2s;'
php_page shop index.php <<'PHP'
<?php
$db = new mysqli('localhost', 'shop', 'secret', 'shop');
$db->query('UPDATE stock SET number = number - 1');
echo "bought\n";
PHP
php_up
wait_port "$PHP_SOCKET"
nginx_up
