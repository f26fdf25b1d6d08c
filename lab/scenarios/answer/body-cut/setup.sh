node_app api 'Environment=PORT=3000' <<'JS'
const fs = require('fs');
const http = require('http');
http.createServer((request, response) => {
  const body = 'x'.repeat(5000);
  const promised = fs.existsSync('/srv/api/stale-size') ? 9000 : body.length;
  response.writeHead(200, { 'Content-Length': promised, Connection: 'close' });
  response.write(body);
  setTimeout(() => request.socket.end(), 20);
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
