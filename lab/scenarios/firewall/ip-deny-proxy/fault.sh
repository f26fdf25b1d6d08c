drop_in nginx.service harden <<'U'
[Service]
IPAddressDeny=any
IPAddressAllow=localhost
U
systemctl restart nginx
wait_port 80
hit http://api.test/
