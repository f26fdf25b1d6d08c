node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000

proxy_site api http://127.0.0.1:8080 "proxy_http_version 1.1;"
nginx_up
envoy_api 127.0.0.1 8080
envoy_up 8080
eventually sees http://api.test/ 200
