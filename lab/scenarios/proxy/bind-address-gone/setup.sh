ip address add 198.51.100.7/32 dev lo
node_app api 'Environment=PORT=3000 HOST=0.0.0.0' <<<"$NODE_HELLO"
start api 3000
proxy_site api http://127.0.0.1:3000 'proxy_bind 198.51.100.7;'
nginx_up
