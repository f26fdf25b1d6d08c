node_app shop 'Environment=PORT=3000' <<<"$NODE_HELLO"
start shop 3000
proxy_site shop http://127.0.0.1:3000
nginx_up
