node_app reports 'Environment=PORT=3100
MemoryMax=100M
MemorySwapMax=0' <<'JS'
const http = require('http');
const kept = [];
http.createServer((request, response) => {
  if (request.url === '/yearly') {
    for (let i = 0; i < 200; i++) kept.push(Buffer.alloc(1 << 20, 'x'));
  }
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start reports 127.0.0.1:3100
proxy_site reports http://127.0.0.1:3100
nginx_up
