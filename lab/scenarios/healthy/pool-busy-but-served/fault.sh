for i in 1 2 3 4 5 6; do background curl -s http://shop.test/; done
sleep 1
