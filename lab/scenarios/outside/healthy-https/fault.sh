hit https://shop.test/
