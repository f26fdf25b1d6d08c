node_app shop 'Environment=PORT=3000' <<<"$NODE_HELLO"
start shop 3000
conf backends <<'CONF'
map $host $backend {
    shop.test 127.0.0.1:3000;
    www.shop.test 127.0.0.1:3000;
}
CONF
site shop <<'CONF'
server {
    listen 80;
    server_name shop.test www.shop.test;
    location / {
        proxy_pass http://$backend;
        proxy_set_header Host $host;
    }
}
CONF
nginx_up
