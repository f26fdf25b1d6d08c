database shop
php_site app "$PHP_SOCKET"
php_page app index.php <<'PHP'
<?php
$db = new mysqli('localhost', 'shop', 'secret', 'shop');
echo $db->query('SELECT 1')->fetch_row()[0], "\n";
PHP
php_up
wait_port "$PHP_SOCKET"
nginx_up
