touch /var/www/shop/new
hit 'http://shop.test/image.php?id=4'
