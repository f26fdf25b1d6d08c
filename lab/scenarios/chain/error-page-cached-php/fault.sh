touch /srv/trouble
cached() { [ "$(status http://shop.test/sale.php)" = 503 ]; }
eventually cached
rm /srv/trouble
