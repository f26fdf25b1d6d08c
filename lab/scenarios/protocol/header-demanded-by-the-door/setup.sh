authority company
certificate shop company shop.test
site shop <<'INC'
server {
    listen 443 ssl;
    server_name shop.test;
    ssl_certificate /etc/ssl/lab/shop.crt;
    ssl_certificate_key /etc/ssl/lab/shop.key;
    location / { return 200 "shop\n"; }
}
INC
nginx_up
wait_port 443
