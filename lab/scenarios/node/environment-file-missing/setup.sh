node_app api 'EnvironmentFile=/etc/api/prod.env' <<<"$NODE_HELLO"
mkdir -p /etc/api
echo PORT=3000 >/etc/api/prod.env
start api 3000
proxy_site api http://127.0.0.1:3000
nginx_up
