node_app api <<<"$NODE_HELLO"
sed -i 's/^\[Unit\]/[Unit]\nConditionPathExists=\/srv\/api\/enabled/' /etc/systemd/system/api.service; systemctl daemon-reload
touch /srv/api/enabled
start api 3000
proxy_site api http://127.0.0.1:3000
nginx_up
