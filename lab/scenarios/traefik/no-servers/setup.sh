node_app api <<<"$NODE_HELLO"
start api 3000
traefik_conf
traefik_api
traefik_up
eventually sees http://api.test/ 200
