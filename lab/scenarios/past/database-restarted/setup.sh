database shop
php_site shop "$PHP_SOCKET"
php_page shop index.php <<'PHP'
<?php
mysqli_report(MYSQLI_REPORT_OFF);
$db = @mysqli_connect('localhost', 'shop', 'secret', 'shop');
if (!$db) {
    error_log('shop: ' . mysqli_connect_error() . ' (MySQL)');
    http_response_code(503);
    exit("no database\n");
}
echo "ok\n";
PHP
php_up
nginx_up
