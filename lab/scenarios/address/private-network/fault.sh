drop_in api.service hardening <<'UNIT'
[Service]
PrivateNetwork=yes
UNIT
systemctl restart api
listening() { nsenter -n -t "$(systemctl show -P MainPID api)" ss -Hltn | grep -q :3000; }
eventually listening
