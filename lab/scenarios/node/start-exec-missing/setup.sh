node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
mkdir -p /opt/node-16/bin
ln -s /usr/bin/node /opt/node-16/bin/node
drop_in api.service node <<'EOF'
[Service]
ExecStart=
ExecStart=/opt/node-16/bin/node /srv/api/server.js
EOF
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
