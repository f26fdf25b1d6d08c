database shop
mysql shop -e 'CREATE TABLE t (a INT)'
php_site shop "$PHP_SOCKET"
php_page shop index.php <<'PHP'
<?php
try {
    $db = new mysqli('localhost', 'shop', 'secret', 'shop');
    $db->query('INSERT INTO t VALUES (1)');
} catch (mysqli_sql_exception $e) {
    error_log($e->getMessage());
    http_response_code(503);
    echo "temporarily unavailable";
    exit;
}
echo "ok\n";
PHP
php_up
wait_port "$PHP_SOCKET"
nginx_up
