node_app api 'Environment=HOST=::' <<<"$NODE_HELLO"
start api 3000
proxy_site api 'http://[::1]:3000'
nginx_up
