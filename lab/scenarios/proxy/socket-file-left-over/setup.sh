node_app shop 'Environment=PORT=3000' <<<"$NODE_HELLO"
start shop 3000
conf front <<'EOF'
server { listen 80; server_name shop.test; location / { proxy_pass http://unix:/run/inner.sock; proxy_set_header Host $host; } }
server { listen unix:/run/inner.sock; server_name shop.test; location / { proxy_pass http://127.0.0.1:3000; } }
EOF
nginx_up
