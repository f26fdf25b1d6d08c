systemctl start --no-block import
wait_state import failed
background curl -s -o /dev/null --max-time 10 http://shop.test/cart
endure http://shop.test/
