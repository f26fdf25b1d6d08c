traefik_routes api.yml <<'EOF'
http:
  routers:
    api:
      rule: Host(`api.test`)
      service: api
  services:
    api:
      loadBalancer:
        servers: []
EOF
eventually sees http://api.test/ 503
