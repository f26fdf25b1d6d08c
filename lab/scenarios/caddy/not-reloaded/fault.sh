node_app api 'Environment=PORT=3100' <<<"$NODE_HELLO"
start api 3100
sed -i 's/3000/3100/' /etc/caddy/Caddyfile
