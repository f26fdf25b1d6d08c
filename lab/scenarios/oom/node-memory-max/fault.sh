hit http://reports.test/yearly
wait_state reports failed
