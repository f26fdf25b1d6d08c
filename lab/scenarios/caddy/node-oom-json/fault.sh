hit http://api.test/fill
wait_state api failed
