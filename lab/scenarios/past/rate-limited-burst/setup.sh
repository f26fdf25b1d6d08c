node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
conf limit <<<'limit_req_zone $binary_remote_addr zone=visitors:1m rate=5r/s;'
proxy_site api http://127.0.0.1:3000 'limit_req zone=visitors burst=2 nodelay;'
nginx_up
