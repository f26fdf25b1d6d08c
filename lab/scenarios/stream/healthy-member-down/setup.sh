rm /etc/nginx/sites-enabled/default
node_app one "Environment=PORT=3001" <<<"$NODE_HELLO"
node_app two "Environment=PORT=3002" <<<"$NODE_HELLO"
start one 3001
start two 3002
stream_conf <<'INC'
    upstream app { server 127.0.0.1:3001; server 127.0.0.1:3002; }
    server { listen 80; proxy_pass app; }
    server { listen 5432; proxy_pass 127.0.0.1:9; }
INC
nginx_up
