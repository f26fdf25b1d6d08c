node_app db 'Environment=PORT=5432' <<<"$NODE_HELLO"
start db 5432
node_app shop <<<"$NODE_HELLO"
start shop 3000
proxy_site shop http://127.0.0.1:3000
nginx_up
