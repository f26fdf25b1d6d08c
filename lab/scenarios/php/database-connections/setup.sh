database shop
php_set pm static
php_set pm.max_children 24
php_site shop "$PHP_SOCKET"
php_page shop index.php <<'PHP'
<?php
$db = new mysqli('localhost', 'shop', 'secret', 'shop');
echo $db->query('SELECT 1')->fetch_row()[0], "\n";
PHP
php_page shop report.php <<'PHP'
<?php
$db = new mysqli('localhost', 'shop', 'secret', 'shop');
$db->query('SELECT SLEEP(600)');
PHP
php_up
wait_port "$PHP_SOCKET"
nginx_up
