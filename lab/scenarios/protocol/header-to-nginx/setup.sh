site shop <<'INC'
server {
    listen 127.0.0.1:8081;
    server_name shop.test;
    location / { return 200 "shop\n"; }
}
INC
nginx_up
systemctl disable -q --now nginx
rm /etc/nginx/sites-enabled/default
systemctl start nginx
wait_port 8081
haproxy_backend 'option httpchk GET /' 'http-check send hdr Host shop.test' 'server web 127.0.0.1:8081 check weight 10'
haproxy_up
