node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 127.0.0.1:3000
site 10-edge <<'EOF'
server {
    listen 80;
    server_name www.test;
    location / {
        proxy_pass http://127.0.0.1:8080;
        proxy_set_header Host api.internal;
    }
}
EOF
site 20-inner <<'EOF'
server {
    listen 127.0.0.1:8080;
    server_name api.internal;
    location / { proxy_pass http://127.0.0.1:3000; }
}
EOF
nginx_up
