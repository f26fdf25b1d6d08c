node_app api <<'JS'
const fs = require('fs');
require('http').createServer((q, r) => {
  setTimeout(() => r.end('ok\n'), fs.existsSync('/run/slow') && q.url === '/report' ? 2000 : 0);
}).listen(3000, '127.0.0.1');
JS
start api 3000
varnish_conf <<'EOF'
backend app { .host = "127.0.0.1"; .port = "3000"; }
sub vcl_recv {
    return (pass);
}
EOF
varnish_up 80 '-p first_byte_timeout=1'
