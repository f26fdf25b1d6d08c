user shop
mkdir -p /srv/shop
echo "$NODE_HELLO" >/srv/shop/server.js
cat >/etc/init.d/doors <<'SH'
#!/bin/sh
### BEGIN INIT INFO
# Provides:          doors
# Required-Start:    $network
# Required-Stop:     $network
# Default-Start:     2 3 4 5
# Default-Stop:
# Short-Description: lets visitors in
### END INIT INFO
case "$1" in
start) iptables -I INPUT -p tcp --dport 3000 -j ACCEPT ;;
esac
SH
chmod +x /etc/init.d/doors
update-rc.d doors defaults
systemctl daemon-reload
systemctl start doors
cd /srv/shop
PORT=3000 background setpriv --reuid=shop --clear-groups node server.js
wait_port 3000
proxy_site shop http://127.0.0.1:3000
nginx_up
