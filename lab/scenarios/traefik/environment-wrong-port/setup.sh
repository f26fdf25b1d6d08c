node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
mkdir -p /etc/traefik/routes
traefik_api
unit traefik.service <<'UNIT'
[Unit]
Description=Traefik

[Service]
Environment=TRAEFIK_ENTRYPOINTS_WEB_ADDRESS=:80
Environment=TRAEFIK_PROVIDERS_FILE_FILENAME=/etc/traefik/routes/api.yml
ExecStart=/usr/local/bin/traefik
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
UNIT
systemctl enable -q traefik
systemctl restart traefik
wait_port 80
eventually sees http://api.test/ 200
