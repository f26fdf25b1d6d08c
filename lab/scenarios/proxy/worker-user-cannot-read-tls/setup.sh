authority company
certificate shop company shop.test
node_app shop 'Environment=PORT=3000' <<<"$NODE_HELLO"
start shop 127.0.0.1:3000
site shop <<'INC'
server {
    listen 443 ssl;
    server_name shop.test;
    ssl_certificate /etc/ssl/lab/shop.crt;
    ssl_certificate_key /etc/ssl/lab/shop.key;
    location / { proxy_pass http://127.0.0.1:3000; }
}
INC
nginx_up
