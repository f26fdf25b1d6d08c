hit http://api.test/cart
wait_state api failed
