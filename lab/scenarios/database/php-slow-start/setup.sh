database shop
php_site shop "$PHP_SOCKET"
php_page shop index.php <<'PHP'
<?php
$db = new PDO('mysql:host=localhost;dbname=shop', 'shop', 'secret');
echo $db->query('SELECT 1')->fetchColumn(), "\n";
PHP
php_up
wait_port "$PHP_SOCKET"
nginx_up
