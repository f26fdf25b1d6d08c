hold http://shop.test/import.jsp 6
eventually sees http://shop.test/ 504
