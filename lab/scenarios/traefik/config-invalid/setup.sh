node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
traefik_conf
traefik_routes api.yml <<'EOF'
http:
  routers:
    api:
      rule: Host(`api.test`)
      service: api
  services:
    api:
      loadBalancer:
        servers:
          - url: http://127.0.0.1:3000
EOF
traefik_up
eventually sees http://api.test/ 200
