node_app api 'Environment=PORT=3000
LimitNOFILE=40' <<'JS'
const http = require('http');
http.createServer((request, response) => {
  if (request.url === '/events') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(': hello\n\n');
    return;
  }
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000 'proxy_read_timeout 1h;'
nginx_up
