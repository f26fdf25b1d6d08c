background curl -s -o /dev/null --max-time 10 http://shop.test/cart
endure http://shop.test/
sleep 5
hit http://shop.test/ 3
