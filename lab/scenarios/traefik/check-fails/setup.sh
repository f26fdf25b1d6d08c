node_app api <<'JS'
const fs = require('fs');
require('http').createServer((q, r) => {
  r.statusCode = q.url === '/health' && fs.existsSync('/run/moved') ? 404 : 200;
  r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start api 3000
traefik_conf "log:
  level: WARN"
traefik_routes api.yml <<'EOF'
http:
  routers:
    api:
      rule: Host(`api.test`)
      service: api
  services:
    api:
      loadBalancer:
        healthCheck:
          path: /health
          interval: 200ms
        servers:
          - url: http://127.0.0.1:3000
EOF
traefik_up
eventually sees http://api.test/ 200
