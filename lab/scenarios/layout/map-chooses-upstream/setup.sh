node_app blue 'Environment=PORT=3001' <<<"$NODE_HELLO"
node_app green 'Environment=PORT=3002' <<<"$NODE_HELLO"
start blue 3001
start green 3002
conf map <<'EOF'
map $host $pool {
    default     blue_pool;
    green.test  green_pool;
}
upstream blue_pool { server 127.0.0.1:3001; }
upstream green_pool { server 127.0.0.1:3002; }
EOF
site tenants <<'EOF'
server {
    listen 80;
    server_name blue.test green.test;
    location / { proxy_pass http://$pool; }
}
EOF
nginx_up
