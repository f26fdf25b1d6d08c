hit http://reports.test/year
wait_state reports failed
