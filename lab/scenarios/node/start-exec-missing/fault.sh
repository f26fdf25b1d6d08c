rm -r /opt/node-16
systemctl restart api || :
wait_state api failed
