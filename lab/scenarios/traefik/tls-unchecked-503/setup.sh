authority company
certificate shop company other.internal 20250101000000Z 20260101000000Z
node_app shop <<'JS'
const fs = require('fs');
require('https').createServer({
  key: fs.readFileSync('/etc/ssl/lab/shop.key'),
  cert: fs.readFileSync('/etc/ssl/lab/shop.crt'),
}, (request, response) => {
  if (fs.existsSync('/srv/shop/closed')) response.statusCode = 503;
  response.end('stocktaking\n');
}).listen(8443, '127.0.0.1');
JS
start shop 127.0.0.1:8443
traefik_conf
traefik_routes shop.yml <<'CFG'
http:
  routers:
    shop: {rule: "Host(`shop.test`)", service: shop}
  services:
    shop:
      loadBalancer:
        serversTransport: inside
        servers:
          - url: https://127.0.0.1:8443
  serversTransports:
    inside:
      serverName: shop.internal
      insecureSkipVerify: true
CFG
traefik_up
eventually sees http://shop.test/ 200
