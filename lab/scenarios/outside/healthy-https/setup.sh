authority company
certificate shop company shop.test
cat /etc/ssl/lab/company.crt >>/etc/ssl/certs/ca-certificates.crt
node_app shop <<<"$NODE_HELLO"
start shop.service 3000
site shop <<'CONF'
server {
    listen 443 ssl http2;
    server_name shop.test;
    ssl_certificate /etc/ssl/lab/shop.crt;
    ssl_certificate_key /etc/ssl/lab/shop.key;
    location / { proxy_pass http://127.0.0.1:3000; }
}
CONF
nginx_up
desk_up
leads_to shop.test 192.0.2.10
