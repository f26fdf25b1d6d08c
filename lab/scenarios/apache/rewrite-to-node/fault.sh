hit http://app.test/app/kill
wait_state app failed
