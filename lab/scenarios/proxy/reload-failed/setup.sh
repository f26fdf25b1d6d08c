node_app api 'EnvironmentFile=/etc/default/api' <<<"$NODE_HELLO"
echo PORT=3000 >/etc/default/api
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
