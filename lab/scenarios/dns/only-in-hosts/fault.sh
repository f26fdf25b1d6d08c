site api <<'CONF'
server {
    listen 80;
    server_name api.test;
    set $orders http://orders.internal:3000;
    location / { proxy_pass $orders; }
}
CONF
nginx_reload
