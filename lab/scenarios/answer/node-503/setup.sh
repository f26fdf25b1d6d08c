node_app api 'Environment=PORT=3000' <<'JS'
const fs = require('fs');
const http = require('http');
http.createServer((request, response) => {
  if (!fs.existsSync('/srv/api/stock.json')) {
    response.writeHead(503, { 'Content-Type': 'application/json' });
    response.end('{"error":"stock service unavailable"}\n');
    return;
  }
  response.end(fs.readFileSync('/srv/api/stock.json'));
}).listen(process.env.PORT, '127.0.0.1');
JS
echo '{"shoes": 4}' >/srv/api/stock.json
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
