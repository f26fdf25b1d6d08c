node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000

traefik_conf
traefik_routes api.yml <<'EOF'
http:
  routers:
    api:
      rule: Host(`api.test`)
      service: api
    old:
      rule: Host(`api.test`) && PathPrefix(`/old`)
      service: old
  services:
    api:
      weighted:
        services:
          - {name: new, weight: 3}
          - {name: old, weight: 0}
    new:
      loadBalancer: {servers: [{url: "http://127.0.0.1:3000"}]}
    old:
      loadBalancer: {servers: [{url: "http://127.0.0.1:3999"}]}
EOF
traefik_up
eventually sees http://api.test/ 200
