hit http://api.test/kill
wait_state api failed
