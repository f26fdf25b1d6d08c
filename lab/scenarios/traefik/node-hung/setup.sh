node_app api <<'JS'
const fs = require('fs');
require('http').createServer((request, response) => {
  while (fs.existsSync('/run/stuck'));
  response.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start api 3000
traefik_conf
traefik_routes api.yml <<'EOF'
http:
  routers:
    api: {rule: "Host(`api.test`)", service: api}
  services:
    api:
      loadBalancer:
        serversTransport: patient
        servers: [{url: "http://127.0.0.1:3000"}]
  serversTransports:
    patient:
      forwardingTimeouts:
        responseHeaderTimeout: 2s
EOF
traefik_up
eventually sees http://api.test/ 200
