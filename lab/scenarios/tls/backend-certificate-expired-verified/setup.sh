authority company
certificate front company pay.test
certificate pay company pay.internal
tls_app pay 8443
conf verify <<'INC'
proxy_ssl_verify on;
proxy_ssl_trusted_certificate /etc/ssl/lab/company.crt;
proxy_ssl_server_name on;
INC
site pay <<'INC'
upstream pay { server 127.0.0.1:8443 weight=3; server 127.0.0.1:8443 backup; }
server {
    listen 443 ssl;
    server_name pay.test;
    ssl_certificate /etc/ssl/lab/front.crt;
    ssl_certificate_key /etc/ssl/lab/front.key;
    location / { proxy_ssl_name pay.internal; proxy_pass https://pay; }
}
INC
nginx_up
