node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 127.0.0.1:3000
site api <<'EOF'
server {
    listen 80;
    listen 8081;
    server_name api.test;
    location / { proxy_pass http://127.0.0.1:3000; }
}
EOF
nginx_up
