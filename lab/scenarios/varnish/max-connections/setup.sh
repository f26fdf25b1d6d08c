node_app api <<'JS'
require('http').createServer((q, r) => {
  setTimeout(() => r.end('ok\n'), q.url === '/export' ? 600000 : 0);
}).listen(3000, '127.0.0.1');
JS
start api 3000
varnish_conf <<'EOF'
backend app { .host = "127.0.0.1"; .port = "3000"; .max_connections = 3; .first_byte_timeout = 700s; }
sub vcl_recv { return (pass); }
EOF
varnish_up 80
