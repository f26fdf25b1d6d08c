systemctl stop cache
systemctl restart api || :
wait_state api failed
