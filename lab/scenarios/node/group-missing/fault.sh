groupdel legacy-app
systemctl restart api || :
wait_state api failed
