node_app shop <<<"$NODE_HELLO"
start shop 3000
conf inner <<'EOF'
server { listen 8080 default_server; server_name _; return 444; }
server { listen 8080; server_name shop.test; location / { proxy_pass http://127.0.0.1:3000; } }
EOF
proxy_site shop http://127.0.0.1:8080
nginx_up
