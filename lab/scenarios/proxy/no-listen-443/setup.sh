authority company
certificate api company api.test
node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 127.0.0.1:3000
site api <<'EOF'
server {
    listen 80;
    listen 443 ssl;
    server_name api.test;
    ssl_certificate /etc/ssl/lab/api.crt;
    ssl_certificate_key /etc/ssl/lab/api.key;
    location / { proxy_pass http://127.0.0.1:3000; }
}
EOF
nginx_up
