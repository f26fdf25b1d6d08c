hit http://shop.test/ 2
