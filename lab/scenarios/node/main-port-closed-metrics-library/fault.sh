hit http://shop.test/drain
wait_gone 3000
