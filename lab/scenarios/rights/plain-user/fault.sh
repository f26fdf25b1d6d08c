systemctl kill --kill-whom=main --signal=SEGV "$PHP_UNIT"
wait_state "$PHP_UNIT" failed
