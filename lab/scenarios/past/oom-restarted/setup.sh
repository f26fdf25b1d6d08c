node_app reports 'Environment=PORT=3100
MemoryMax=100M
MemorySwapMax=0
Restart=always
RestartSec=2s' <<'JS'
const http = require('http');
const kept = [];
http.createServer((request, response) => {
  if (request.url === '/yearly') {
    for (let i = 0; i < 200; i++) kept.push(Buffer.alloc(1 << 20, 'x'));
  }
  if (request.url === '/slow') { setTimeout(() => response.end('slow\n'), 3000); return; }
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start reports 127.0.0.1:3100
node_app blog 'Environment=PORT=3200' <<'JS'
require('http').createServer((request, response) => {
  setTimeout(() => response.end('blog\n'), 2000);
}).listen(process.env.PORT, '127.0.0.1');
JS
start blog 127.0.0.1:3200
proxy_site reports http://127.0.0.1:3100
proxy_site blog http://127.0.0.1:3200
nginx_up
