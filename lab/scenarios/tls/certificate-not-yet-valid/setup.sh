authority company
certificate pay company pay.internal
certificate old company old.internal 20200101000000Z 20210101000000Z
conf backend <<'EOF'
server {
    listen 192.0.2.10:9443 ssl default_server;
    server_name old.internal;
    ssl_certificate /etc/ssl/lab/old.crt;
    ssl_certificate_key /etc/ssl/lab/old.key;
    location / { return 200 "old\n"; }
}
server {
    listen 192.0.2.10:9443 ssl;
    server_name pay.internal;
    ssl_certificate /etc/ssl/lab/pay.crt;
    ssl_certificate_key /etc/ssl/lab/pay.key;
    location / { return 200 "pay\n"; }
}
EOF
site pay <<'EOF'
upstream payments {
    server 192.0.2.10:9443;
    server 192.0.2.10:9444 backup;
}
server {
    listen 80;
    server_name pay.test;
    proxy_ssl_trusted_certificate /etc/ssl/lab/company.crt;
    proxy_ssl_verify on;
    location / {
        proxy_pass https://payments;
        proxy_ssl_server_name on;
        proxy_ssl_name pay.internal;
        proxy_next_upstream off;
    }
}
EOF
nginx_up
