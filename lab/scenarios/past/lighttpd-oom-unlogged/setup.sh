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
lighttpd_conf <<'CONF'
server.modules += ( "mod_proxy" )
proxy.server = ( "" => ( ( "host" => "127.0.0.1", "port" => 3000 ) ) )
CONF
lighttpd_up
