systemctl kill --signal=STOP shop
hit http://shop.test/
