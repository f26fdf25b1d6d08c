node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
mkdir -p /etc/traefik/routes
traefik_api
unit traefik.service <<'UNIT'
[Unit]
Description=Traefik

[Service]
ExecStart=/usr/local/bin/traefik --entrypoints.web.address=:80 --providers.file.directory=/etc/traefik/routes
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
UNIT
systemctl enable -q traefik
systemctl restart traefik
wait_port 80
eventually sees http://api.test/ 200
