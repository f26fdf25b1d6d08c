database shop
mysql shop -e 'CREATE TABLE settings (seconds INT); INSERT INTO settings VALUES (0)'
php_site shop "$PHP_SOCKET" 'fastcgi_read_timeout 2s;'
php_page shop report.php <<'PHP'
<?php
$db = new mysqli('localhost', 'shop', 'secret', 'shop');
$db->query('SELECT SLEEP(seconds) FROM settings');
echo "report\n";
PHP
php_up
wait_port "$PHP_SOCKET"
nginx_up
