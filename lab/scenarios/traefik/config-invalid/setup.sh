node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
traefik_conf
traefik_api
traefik_up
eventually sees http://api.test/ 200
