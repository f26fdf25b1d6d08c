node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000

proxy_site api http://127.0.0.1:8080
nginx_up
traefik_conf
sed -i 's/":80"/"127.0.0.1:8080"/' /etc/traefik/traefik.yml
traefik_api
traefik_up 8080
eventually sees http://api.test/ 200
