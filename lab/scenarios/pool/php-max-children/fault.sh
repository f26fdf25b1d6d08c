hold http://shop.test/import.php 4
php_busy() { [ "$(ss -Hlx src "$PHP_SOCKET" | awk '{ print $3 }')" -ge 1 ]; }
eventually php_busy
