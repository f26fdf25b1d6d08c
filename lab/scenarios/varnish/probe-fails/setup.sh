node_app api <<'JS'
const fs = require('fs');
require('http').createServer((q, r) => {
  r.statusCode = q.url === '/health' && fs.existsSync('/run/moved') ? 404 : 200;
  r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start api 3000
varnish_conf <<'EOF'
import directors;
probe up { .url = "/health"; .interval = 200ms; .window = 3; .threshold = 2; }
backend one { .host = "127.0.0.1"; .port = "3000"; .probe = up; }
sub vcl_init {
    new group = directors.round_robin();
    group.add_backend(one);
}
sub vcl_recv {
    set req.backend_hint = group.backend();
    return (pass);
}
EOF
varnish_up
eventually sees http://api.test/ 200
