hit http://api.test/pay
wait_state api failed
