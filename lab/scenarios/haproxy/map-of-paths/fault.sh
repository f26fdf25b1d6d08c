systemctl stop orders
hit http://shop.test/api/v2/orders 2
