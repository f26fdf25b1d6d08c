conf switches <<'EOF'
map $uri $closed {
    default 0;
    ~^/checkout 0;
}
EOF
snippet closed <<'EOF'
if ($closed) {
    return 503;
}
EOF
node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 127.0.0.1:3000
site shop <<'EOF'
server {
    listen 80;
    server_name shop.test;
    location / {
        include snippets/closed.conf;
        proxy_pass http://127.0.0.1:3000;
    }
}
EOF
nginx_up
