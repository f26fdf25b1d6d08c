node_app api <<'JS'
require('http').createServer((q, r) => {
  setTimeout(() => r.end('ok\n'), q.url === '/export' ? 120000 : 0);
}).listen(3000, '127.0.0.1');
JS
start api 3000
haproxy_conf <<'EOF'
frontend web
    bind *:80
    maxconn 3
    default_backend app

backend app
    server a 127.0.0.1:3000
EOF
haproxy_up
