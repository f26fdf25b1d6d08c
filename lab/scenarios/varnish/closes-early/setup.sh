node_app api <<'JS'
const fs = require('fs');
require('http').createServer((q, r) => {
  if (fs.existsSync('/run/broken')) q.socket.destroy(); else r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start api 3000
varnish_conf <<'EOF'
backend default {
    .host = "127.0.0.1";
    .port = "3000";
}
sub vcl_recv {
    return (pass);
}
EOF
varnish_up
