echo 100000 >/var/www/shop/rows
