node_app api <<'JS'
const fs = require('fs');
require('http').createServer((q, r) => {
  r.statusCode = q.url === '/health' && fs.existsSync('/run/moved') ? 404 : 200;
  r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start api 3000
traefik_conf "api:
  insecure: true
log:
  level: ERROR"
sed -i '/^entryPoints:/a \  traefik:\n    address: "127.0.0.1:9080"' /etc/traefik/traefik.yml
traefik_api '        healthCheck:
          path: /health
          interval: 200ms'
traefik_up
eventually sees http://api.test/ 200
