node_app api <<<"$NODE_HELLO"
start api.service 3000
proxy_site api http://127.0.0.1:3000
nginx_up
ssh_up
