authority company
certificate shop company shop.test 20260101000000Z "$(date -u -d '+7 days' +%Y%m%d%H%M%SZ)"
cat /etc/ssl/lab/company.crt >>/etc/ssl/certs/ca-certificates.crt
node_app shop <<<"$NODE_HELLO"
start shop.service 3000
site shop <<'CONF'
server {
    listen 192.0.2.10:443 ssl;
    listen 127.0.0.1:443 ssl;
    server_name shop.test;
    ssl_certificate /etc/ssl/lab/shop.crt;
    ssl_certificate_key /etc/ssl/lab/shop.key;
    location / { proxy_pass http://127.0.0.1:3000; }
}
CONF
nginx -t -q
systemctl enable -q nginx
systemctl restart nginx
wait_port 443
desk_up
leads_to shop.test 192.0.2.10
