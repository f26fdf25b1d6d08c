systemctl stop api
user exporter
app_unit exporter '/usr/bin/python3 -m http.server --bind 192.0.2.10 3000'
mkdir -p /srv/exporter
start exporter 192.0.2.10:3000
systemctl start api || :
wait_state api failed
