rm /etc/api/prod.env
systemctl restart api || :
wait_state api failed
