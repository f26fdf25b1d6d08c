systemctl kill --signal=KILL "$PHP_UNIT"
wait_state "$PHP_UNIT" failed
