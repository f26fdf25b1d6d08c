systemctl stop shop
hit http://shop.test/ 2
