node_app app 'Environment=PORT=3000' <<<"$NODE_HELLO"
start app 127.0.0.1:3000
proxy_site app http://127.0.0.1:3000
nginx_up
