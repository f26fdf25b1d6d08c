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
varnish_conf <<'VCL'
backend default { .host = "127.0.0.1"; .port = "3000"; }
sub vcl_recv { return (pass); }
VCL
varnish_up
