node_app shop "Environment=PORT=3000" <<<"$NODE_HELLO"
start shop 3000
rm /etc/nginx/sites-enabled/default
site old <<'INC'
server { listen 8080; server_name old.test; location / { proxy_pass http://127.0.0.1:9999; } }
INC
stream_conf <<'INC'
    upstream shop {
        server 127.0.0.1:3000;
    }
    server {
        listen 80;
        proxy_connect_timeout 2s;
        proxy_pass shop;
    }
INC
nginx_up
hit http://127.0.0.1:8080/
