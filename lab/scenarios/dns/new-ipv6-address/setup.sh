node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
name_server host-record=api.internal,127.0.0.1
site api <<'CONF'
server {
    listen 80;
    server_name api.test;
    resolver 127.0.0.1:5353 valid=1s;
    set $up api.internal;
    location / {
        proxy_next_upstream off;
        proxy_pass http://$up:3000;
    }
}
CONF
nginx_up
eventually sees http://api.test/ 200
