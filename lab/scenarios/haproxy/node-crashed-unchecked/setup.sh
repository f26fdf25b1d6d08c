node_app api <<'JS'
require('http').createServer((q, r) => {
  if (q.url === '/kill') process.exit(3);
  r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start api 3000
haproxy_backend 'server a 127.0.0.1:3000'
haproxy_up
