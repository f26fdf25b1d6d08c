node_app api 'EnvironmentFile=/etc/default/api' <<<"$NODE_HELLO"
printf 'PORT=3000\nHOST=127.0.0.1\n' >/etc/default/api
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
