authority company
certificate shop company shop.test
cat /etc/ssl/lab/company.crt >>/etc/ssl/certs/ca-certificates.crt
cp /etc/ssl/lab/shop.crt /srv/edge.crt
cp /etc/ssl/lab/shop.key /srv/edge.key
node_app shop <<<"$NODE_HELLO"
start shop.service 3000
site shop <<'CONF'
server {
    listen 443 ssl;
    server_name shop.test;
    ssl_certificate /etc/ssl/lab/shop.crt;
    ssl_certificate_key /etc/ssl/lab/shop.key;
    location / { proxy_pass http://127.0.0.1:3000; }
}
CONF
nginx_up
desk_up
edge_nginx <<'CONF'
server {
    listen 80;
    listen 443 ssl;
    ssl_certificate /srv/edge.crt;
    ssl_certificate_key /srv/edge.key;
    add_header CF-RAY 8f0a1b2c3d4e5f60-FRA always;
    location / {
        proxy_pass https://192.0.2.10;
        proxy_set_header Host $host;
        proxy_ssl_server_name on;
        proxy_ssl_name shop.test;
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate /etc/ssl/lab/company.crt;
        error_page 502 =525 /525;
    }
    location = /525 { internal; default_type text/plain; return 525 "error code: 525"; }
}
CONF
leads_to shop.test 203.0.113.2
