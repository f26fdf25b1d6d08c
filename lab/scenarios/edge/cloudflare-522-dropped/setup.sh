node_app shop <<<"$NODE_HELLO"
start shop.service 3000
proxy_site shop http://127.0.0.1:3000
nginx_up
desk_up
edge_nginx <<'CONF'
server {
    listen 80;
    add_header CF-RAY 8f0a1b2c3d4e5f60-FRA always;
    location / { proxy_pass http://192.0.2.10; proxy_set_header Host $host; }
}
CONF
leads_to shop.test 203.0.113.2
