node_app api 'Environment=PORT=3000 NODE_OPTIONS=--max-old-space-size=40' <<'JS'
const http = require('http');
const sessions = [];
http.createServer((request, response) => {
  if (request.url === '/login') {
    for (let i = 0; ; i++) sessions.push({ id: i, name: 'user ' + i, roles: ['a' + i, 'b' + i] });
  }
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
