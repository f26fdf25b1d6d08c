node_app api <<'JS'
require('http').createServer((q, r) => {
  setTimeout(() => r.end('done\n'), q.url === '/report' && require('fs').existsSync('/srv/api/slow') ? 3000 : 1);
}).listen(3000, '127.0.0.1');
JS
start api 3000
haproxy_conf <<'EOF'
frontend web
    bind *:80
    default_backend app
backend app
    timeout server 1s
    server a 127.0.0.1:3000
EOF
haproxy_up
