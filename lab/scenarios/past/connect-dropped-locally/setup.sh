node_app app 'Environment=PORT=8000' <<<"$NODE_HELLO"
start app 8000
proxy_site app http://127.0.0.1:8000 'proxy_connect_timeout 300ms;'
nginx_up
