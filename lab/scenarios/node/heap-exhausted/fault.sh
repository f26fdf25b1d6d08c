hit http://api.test/login
wait_state api failed
