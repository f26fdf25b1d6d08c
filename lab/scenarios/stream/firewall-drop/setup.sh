node_app app "Environment=PORT=3000" <<<"$NODE_HELLO"
start app 3000
rm /etc/nginx/sites-enabled/default
stream_conf <<'INC'
    server {
        listen 80;
        proxy_pass 127.0.0.1:3000;
    }
INC
nginx_up
