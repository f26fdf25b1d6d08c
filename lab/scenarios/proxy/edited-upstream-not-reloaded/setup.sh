node_app api 'EnvironmentFile=/etc/default/api' <<<"$NODE_HELLO"
echo PORT=3000 >/etc/default/api
start api 127.0.0.1:3000
mkdir -p /etc/nginx/upstreams.d
echo 'upstream api { server 127.0.0.1:3000 max_fails=2; }' >/etc/nginx/upstreams.d/api.conf
conf upstreams <<<'include upstreams.d/*.conf;'
proxy_site api http://api
nginx_up
sleep 1.1
