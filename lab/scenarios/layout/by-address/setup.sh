rm /etc/nginx/sites-enabled/default
php_site shop "$PHP_SOCKET"
php_up
node_app panel 'Environment=PORT=3000' <<<"$NODE_HELLO"
start panel 127.0.0.1:3000
site zz-panel <<'EOF'
server {
    listen 80 default_server;
    server_name _;
    location / { proxy_pass http://127.0.0.1:3000; }
}
EOF
nginx_up
