hit http://api.test/api/kill
wait_state api failed
