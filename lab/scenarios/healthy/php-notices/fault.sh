hit http://shop.test/ 3
hit http://shop.test/broken.php 2
grep -q 'PHP Fatal error' /var/log/nginx/error.log
