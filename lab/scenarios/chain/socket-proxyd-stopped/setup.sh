node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
unit api-relay.socket <<'U'
[Socket]
ListenStream=127.0.0.1:8080
Accept=no
[Install]
WantedBy=sockets.target
U
unit api-relay.service <<'U'
[Unit]
Requires=api-relay.socket
[Service]
ExecStart=/lib/systemd/systemd-socket-proxyd --exit-idle-time=10min 127.0.0.1:3000
PrivateTmp=yes
U
systemctl enable -q --now api-relay.socket
proxy_site api http://127.0.0.1:8080
nginx_up
