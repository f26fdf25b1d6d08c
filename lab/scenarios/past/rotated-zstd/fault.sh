background curl -s -o /dev/null --max-time 10 http://shop.test/cart
endure http://shop.test/
logrotate --force /etc/logrotate.d/shop
hit http://shop.test/ 3
ls /srv/logs/shop
ls /srv/logs/shop/error-*.log.zst
