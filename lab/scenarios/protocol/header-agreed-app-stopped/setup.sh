authority company
certificate shop company shop.test
node_app shop 'Environment=PORT=3000' <<<"$NODE_HELLO"
start shop 3000
site shop <<'INC'
server {
    listen 127.0.0.1:8443 ssl proxy_protocol;
    server_name shop.test;
    ssl_certificate /etc/ssl/lab/shop.crt;
    ssl_certificate_key /etc/ssl/lab/shop.key;
    set_real_ip_from 127.0.0.1;
    real_ip_header proxy_protocol;
    location / { proxy_pass http://127.0.0.1:3000; proxy_set_header Host $host; }
}
INC
nginx_up
haproxy_conf <<'CFG'
listen tls
    mode tcp
    option tcplog
    bind *:443
    server web 127.0.0.1:8443 send-proxy-v2
CFG
haproxy_up 443
