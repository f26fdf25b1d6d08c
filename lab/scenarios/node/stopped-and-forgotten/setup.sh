node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
systemctl start api
wait_port 3000
proxy_site api http://127.0.0.1:3000
nginx_up
