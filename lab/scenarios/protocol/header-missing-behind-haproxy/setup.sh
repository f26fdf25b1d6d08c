rm /etc/nginx/sites-enabled/default
site shop <<'INC'
server {
    listen 127.0.0.1:8081 proxy_protocol;
    server_name shop.test;
    set_real_ip_from 127.0.0.1;
    real_ip_header proxy_protocol;
    location / { return 200 "shop\n"; }
}
INC
systemctl restart nginx
wait_port 8081
haproxy_backend 'server web 127.0.0.1:8081 send-proxy-v2'
haproxy_up
