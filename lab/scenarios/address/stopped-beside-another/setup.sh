node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
node_app admin 'Environment=PORT=3001' <<<"$NODE_HELLO"
start api 127.0.0.1:3000
start admin 127.0.0.1:3001
proxy_site api http://127.0.0.1:3000
nginx_up
