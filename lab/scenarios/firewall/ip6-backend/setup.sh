node_app api 'Environment=PORT=8080 HOST=::1' <<<"$NODE_HELLO"
start api 8080
proxy_site api 'http://[::1]:8080'
nginx_up
