database shop
php_set pm static
php_set pm.max_children 3
php_site shop "$PHP_SOCKET" 'fastcgi_read_timeout 2s;'
php_page shop index.php <<'PHP'
<?php
$db = new mysqli('localhost', 'shop', 'secret', 'shop');
echo $db->query('SELECT 1')->fetch_row()[0], "\n";
PHP
php_up
wait_port "$PHP_SOCKET"
nginx_up
