hit http://shop.test/ 5
systemctl restart shop
wait_port 3000
hit http://shop.test/ 5
hit http://shop.test/missing 2
