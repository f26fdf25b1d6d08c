mkdir -p /srv/api/slow
cat >/srv/api/server.js <<'JS'
// Waits for a lock that nobody gives back, then would listen.
setInterval(() => {}, 1000);
JS
drop_in api.service notify <<'U'
[Service]
Type=notify
U
systemctl restart --no-block api
sleep 4
