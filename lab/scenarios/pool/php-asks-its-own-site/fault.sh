# More visitors come: both workers hold a page, and none is left for prices.php.
touch /var/www/shop/slow
visitors http://shop.test/ 8
queued() { [ "$(ss -Hlx src "$PHP_SOCKET" | awk '{ print $3 }')" -ge 3 ]; }
eventually queued
