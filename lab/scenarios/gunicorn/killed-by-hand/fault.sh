systemctl kill --signal=KILL shop
wait_state shop failed
