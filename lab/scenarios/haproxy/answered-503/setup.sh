node_app api <<'JS'
require('http').createServer((q, r) => {
  if (require('fs').existsSync('/srv/api/closed')) { r.statusCode = 503; r.end('stock is being counted\n'); } else r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start api 3000
haproxy_backend 'server a 127.0.0.1:3000'
haproxy_up
