kill -9 "$(systemctl show -p MainPID --value "$PHP_UNIT")"
wait_state "$PHP_UNIT" failed
