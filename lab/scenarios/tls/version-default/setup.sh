authority company
certificate bank company bank.internal
conf backend <<'EOF'
server {
    listen 127.0.0.1:7443 ssl;
    server_name bank.internal;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate /etc/ssl/lab/bank.crt;
    ssl_certificate_key /etc/ssl/lab/bank.key;
    location / { return 200 "bank\n"; }
}
EOF
site bank <<'EOF'
server {
    listen 80;
    server_name bank.test;
    set $bank 127.0.0.1:7443;
    location / { proxy_pass https://$bank; }
}
EOF
nginx_up
