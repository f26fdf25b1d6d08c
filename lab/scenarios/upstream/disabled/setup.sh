node_app blue 'Environment=PORT=3001' <<<"$NODE_HELLO"
node_app green 'Environment=PORT=3002' <<<"$NODE_HELLO"
start blue 3001
start green 3002
conf api <<'EOF'
upstream api {
    server 127.0.0.1:3001;
    server 127.0.0.1:3002 down;
}
EOF
site api <<'EOF'
server {
    listen 80;
    server_name api.test;
    location / { proxy_pass http://api; }
}
EOF
nginx_up
