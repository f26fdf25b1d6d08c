node_app blue 'Environment=PORT=3001' <<<"$NODE_HELLO"
node_app green 'Environment=PORT=3002' <<<"$NODE_HELLO"
start blue 3001
start green 3002
site api <<'EOF'
upstream api {
    zone api 64k;
    server 127.0.0.1:3001 fail_timeout=30s;
    server 127.0.0.1:3002 fail_timeout=30s;
}
server {
    listen 80;
    server_name api.test;
    location / { proxy_pass http://api; }
}
EOF
nginx_up
