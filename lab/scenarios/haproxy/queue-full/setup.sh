node_app api <<'JS'
require('http').createServer((q, r) => {
  setTimeout(() => r.end('ok\n'), q.url === '/export' ? 120000 : 0);
}).listen(3000, '127.0.0.1');
JS
start api 3000
haproxy_conf <<'EOF'
frontend web
    bind *:80
    default_backend app

backend app
    timeout queue 1s
    server a 127.0.0.1:3000 maxconn 2
EOF
haproxy_up
