drop_in api.service max <<'UNIT'
[Service]
RuntimeMaxSec=2
UNIT
systemctl restart api
wait_state api failed
