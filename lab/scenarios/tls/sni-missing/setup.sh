authority company
certificate shop company shop.internal
conf backend <<'EOF'
server {
    listen 127.0.0.1:8443 ssl default_server;
    ssl_reject_handshake on;
}
server {
    listen 127.0.0.1:8443 ssl;
    server_name shop.internal;
    ssl_certificate /etc/ssl/lab/shop.crt;
    ssl_certificate_key /etc/ssl/lab/shop.key;
    location / { return 200 "shop\n"; }
}
EOF
proxy_site shop https://127.0.0.1:8443 'proxy_ssl_server_name on; proxy_ssl_name shop.internal;'
nginx_up
