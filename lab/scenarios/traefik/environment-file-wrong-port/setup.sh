node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
mkdir -p /etc/traefik/routes
traefik_api
cat >/etc/default/traefik <<'VARIABLES'
# What a provider of certificates would need.
CF_DNS_API_TOKEN="not-a-real-one"
TRAEFIK_ENTRYPOINTS_WEB_ADDRESS=":80"
TRAEFIK_PROVIDERS_FILE_FILENAME=/etc/traefik/routes/api.yml
VARIABLES
unit traefik.service <<'UNIT'
[Unit]
Description=Traefik

[Service]
Environment=TRAEFIK_ENTRYPOINTS_WEB_ADDRESS=:8080
EnvironmentFile=-/etc/default/traefik
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
