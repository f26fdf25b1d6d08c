authority company
certificate api company other.internal "$(date -u -d -400days +%Y%m%d%H%M%SZ)" "$(date -u -d -35days +%Y%m%d%H%M%SZ)"
node_app api <<'JS'
const fs = require('fs');
require('https').createServer({
  key: fs.readFileSync('/etc/ssl/lab/api.key'),
  cert: fs.readFileSync('/etc/ssl/lab/api.crt'),
}, (request, response) => {
  if (fs.existsSync('/srv/api/closed')) response.writeHead(503, { 'Retry-After': '3600' });
  response.end(fs.existsSync('/srv/api/closed') ? 'closed for stocktaking\n' : 'ok\n');
}).listen(8443, '127.0.0.1');
JS
start api 127.0.0.1:8443
proxy_site api https://127.0.0.1:8443
nginx_up
