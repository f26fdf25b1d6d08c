systemctl kill --signal=KILL nginx
wait_state nginx failed
