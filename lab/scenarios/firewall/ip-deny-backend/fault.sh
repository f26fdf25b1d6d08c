drop_in api.service harden <<'U'
[Service]
IPAddressDeny=any
IPAddressAllow=192.0.2.0/24
U
systemctl restart api
wait_port 3000
hit http://api.test/
