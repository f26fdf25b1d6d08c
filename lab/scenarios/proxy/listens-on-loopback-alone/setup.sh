node_app shop <<<"$NODE_HELLO"
start shop 3000
site shop <<'EOF'
server { listen 80; server_name _; location / { proxy_pass http://127.0.0.1:3000; } }
EOF
rm -f /etc/nginx/sites-enabled/default
nginx_up
