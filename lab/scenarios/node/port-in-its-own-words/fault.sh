sleep 6
systemctl kill --signal=SEGV itemsd
wait_state itemsd failed
