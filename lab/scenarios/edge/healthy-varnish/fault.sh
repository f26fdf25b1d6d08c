hit http://shop.test/ 3
