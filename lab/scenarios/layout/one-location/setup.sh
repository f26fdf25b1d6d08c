for name in catalog orders; do
    node_app "$name" 'EnvironmentFile=/etc/default/%N' <<<"$NODE_HELLO"
done
echo PORT=3001 >/etc/default/catalog
echo PORT=3002 >/etc/default/orders
start catalog 127.0.0.1:3001
start orders 127.0.0.1:3002
site shop <<'EOF'
server {
    listen 80;
    server_name shop.test;
    location / { return 200 "home\n"; }
    location ^~ /static/ { root /var/www; }
    location /api/ { proxy_pass http://127.0.0.1:3001; }
    location ~ ^/api/v[0-9]+/orders { proxy_pass http://127.0.0.1:3002; }
    location = /api/v2/health { return 204; }
}
EOF
nginx_up
