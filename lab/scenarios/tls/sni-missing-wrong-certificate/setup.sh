authority company
authority plesk
certificate shop company shop.internal
certificate default plesk default.invalid 20200101000000Z 20210101000000Z
conf backend <<'EOF'
server {
    listen unix:/run/backend.sock ssl default_server;
    ssl_certificate /etc/ssl/lab/default.crt;
    ssl_certificate_key /etc/ssl/lab/default.key;
    location / { return 404; }
}
server {
    listen unix:/run/backend.sock ssl;
    server_name shop.internal;
    ssl_certificate /etc/ssl/lab/shop.crt;
    ssl_certificate_key /etc/ssl/lab/shop.key;
    location / { return 200 "shop\n"; }
}
EOF
snippet tls-to-backend <<'EOF'
proxy_ssl_verify on;
proxy_ssl_trusted_certificate /etc/ssl/lab/company.crt;
proxy_ssl_server_name on;
proxy_ssl_name shop.internal;
EOF
site shop <<'EOF'
server {
    listen 80;
    server_name shop.test;
    include snippets/tls-to-backend.conf;
    location / { proxy_pass https://unix:/run/backend.sock; proxy_set_header Host shop.internal; }
}
EOF
nginx_up
