node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
envoy_api 0.0.0.0 80
envoy_up
eventually sees http://api.test/ 200
