node_app api 'MemoryMax=80M
Restart=always
RestartSec=4s
Environment=PORT=3000' <<'JS'
const kept = [];
require('http').createServer((q, r) => {
  if (q.url === '/fill') { for (;;) kept.push(Buffer.alloc(4 << 20, kept.length)); }
  r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start api 3000
mkdir -p /var/log/traefik
traefik_conf 'accessLog: {filePath: /var/log/traefik/access.log, format: json}'
traefik_api
traefik_up
eventually sees http://api.test/ 200
