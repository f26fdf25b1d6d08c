node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 127.0.0.1:3000
rm -f /etc/nginx/sites-enabled/default
site 00-unknown <<'EOF'
server {
    listen 80 default_server;
    server_name _;
    return 444;
}
EOF
proxy_site api http://127.0.0.1:3000
nginx_up
