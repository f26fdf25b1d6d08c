authority company
certificate shop company shop.test
node_app shop "Environment=PORT=3000" <<<"$NODE_HELLO"
start shop 3000
site shop <<'INC'
server {
    listen 127.0.0.1:8443 ssl;
    server_name shop.test;
    ssl_certificate /etc/ssl/lab/shop.crt;
    ssl_certificate_key /etc/ssl/lab/shop.key;
    location / { proxy_pass http://127.0.0.1:3000; proxy_set_header Host $host; }
}
INC
stream_conf <<'INC'
    map $ssl_preread_server_name $upstream {
        hostnames;
        vpn.test    127.0.0.1:1194;
        *.shop.test web;
        shop.test   web;
        default     127.0.0.1:9;
    }
    upstream web { server 127.0.0.1:8443; }
    server {
        listen 443;
        listen [::]:443;
        ssl_preread on;
        proxy_pass $upstream;
    }
INC
nginx_up
wait_port 443
