name_server 'address=/orders.internal/127.0.0.1'
node_app orders 'Environment=PORT=3000' <<<"$NODE_HELLO"
start orders 127.0.0.1:3000
site api <<'INC'
map $uri $backend {
    default        www.internal;
    ~^/orders      orders.internal;
}
server {
    listen 80;
    server_name api.test;
    resolver 127.0.0.1:5353 valid=1s ipv6=off;
    location / { proxy_pass http://$backend:3000; }
}
INC
nginx_up
