node_app shop 'Environment=PORT=3000' <<<"$NODE_HELLO"
start shop 3000
traefik_conf "accessLog:
  filePath: /var/log/traefik-access.log
log:
  level: DEBUG"
traefik_routes shop.toml <<'EOF'
[http.routers.pages]
rule = "Host(`shop.test`)"
service = "pages"

[http.routers.list]
rule = "Host(`shop.test`) && PathPrefix(`/api`)"
service = "shop"
middlewares = ["plain"]

[http.middlewares.plain.stripPrefix]
prefixes = ["/api"]

[http.services.pages.loadBalancer]
[[http.services.pages.loadBalancer.servers]]
url = "http://127.0.0.1:4000"

[http.services.shop.loadBalancer]
[[http.services.shop.loadBalancer.servers]]
url = "http://localhost:3000/"
EOF
traefik_up
eventually sees http://shop.test/api/list 200
