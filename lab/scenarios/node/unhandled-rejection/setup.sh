node_app api 'Environment=PORT=3000' <<'JS'
const http = require('http');
http.createServer((request, response) => {
  if (request.url === '/pay') Promise.reject(new Error('payment gateway said no'));
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
