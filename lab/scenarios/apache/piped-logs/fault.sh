hit http://app.test/kill
wait_state app failed
