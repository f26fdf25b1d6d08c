node_app api <<'JS'
require('http').createServer((q, r) => {
  if (q.url === '/health' && require('fs').existsSync('/srv/api/moved')) r.statusCode = 404;
  r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start api 3000
haproxy_conf <<'EOF'
frontend web
    bind *:80
    default_backend app
backend app
    option httpchk GET /health
    server a 127.0.0.1:3000 check inter 200ms fall 2 rise 1
EOF
haproxy_up
eventually sees http://api.test/ 200
