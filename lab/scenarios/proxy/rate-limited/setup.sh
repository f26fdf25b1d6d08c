conf limits <<'EOF'
limit_req_zone $server_name zone=perip:1m rate=60r/s;
EOF
node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000 'limit_req zone=perip;'
nginx_up
