mkdir -p /opt/api/releases/41
user deploy
printf '%s\n' "$NODE_HELLO" >/opt/api/releases/41/index.js
unit api-prod.service <<'U'
[Service]
User=deploy
WorkingDirectory=/opt/api/releases/41
EnvironmentFile=/etc/default/api
ExecStart=/usr/bin/env node index.js
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target
U
echo PORT=4100 >/etc/default/api
start api-prod 127.0.0.1:4100
proxy_site api http://localhost:4100
nginx_up
