hold http://shop.test/import 9
eventually sees http://shop.test/ 504
