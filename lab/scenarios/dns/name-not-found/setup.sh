node_app api 'Environment=PORT=3000 HOST=192.0.2.10' <<<"$NODE_HELLO"
start api 192.0.2.10:3000
name_server 'address=/orders.internal/192.0.2.10'
site api <<'EOF'
server {
    listen 80;
    server_name api.test;
    resolver 127.0.0.1:5353 valid=1s ipv6=off;
    resolver_timeout 2s;
    set $backend orders.internal;
    location / { proxy_pass http://$backend:3000; }
}
EOF
nginx_up
