node_app api <<'JS'
const fs = require('fs');
require('http').createServer((q, r) => {
  setTimeout(() => r.end('ok\n'), fs.existsSync('/run/slow') && q.url === '/report' ? 4000 : 0);
}).listen(3000, '127.0.0.1');
JS
start api 3000
lighttpd_conf <<'EOF'
server.modules += ( "mod_proxy" )
proxy.server = ( "/report" => ( (
    "host" => "127.0.0.1",
    "port" => 3000,
    "read-timeout" => 1
) ) )
EOF
lighttpd_up
