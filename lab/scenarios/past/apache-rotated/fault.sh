hit http://shop.test/cart 4
eventually test -s /var/log/apache2/shop-error.log
logrotate --force /etc/logrotate.d/apache2
hit http://shop.test/ 3
(sleep 0.5; systemctl restart shop) &
endure http://shop.test/ 15
wait
logrotate --force /etc/logrotate.d/apache2
hit http://shop.test/ 3
test -e /var/log/apache2/shop-error.log.2.gz
