node_app api <<'JS'
require('http').createServer((q, r) => {
  if (require('fs').existsSync('/srv/api/bad')) q.socket.destroy(); else r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start api 3000
haproxy_backend 'server a 127.0.0.1:3000'
haproxy_up
