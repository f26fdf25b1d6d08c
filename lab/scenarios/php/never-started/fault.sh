hit http://shop.test/
