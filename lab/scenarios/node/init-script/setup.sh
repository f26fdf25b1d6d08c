user shop
mkdir -p /srv/shop
echo "$NODE_HELLO" >/srv/shop/server.js
cat >/etc/init.d/shopd <<'SH'
#!/bin/sh
### BEGIN INIT INFO
# Provides:          shopd
# Required-Start:    $network $remote_fs
# Required-Stop:     $network $remote_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: the shop
### END INIT INFO
export PORT=3000
case "$1" in
start) start-stop-daemon --start --background --make-pidfile --pidfile /run/shopd.pid --chuid shop --exec /usr/bin/node -- /srv/shop/server.js ;;
stop) start-stop-daemon --stop --oknodo --pidfile /run/shopd.pid ;;
restart | force-reload) "$0" stop && "$0" start ;;
esac
SH
chmod +x /etc/init.d/shopd
update-rc.d shopd defaults
systemctl daemon-reload
systemctl start shopd
wait_port 3000
proxy_site shop http://127.0.0.1:3000
nginx_up
