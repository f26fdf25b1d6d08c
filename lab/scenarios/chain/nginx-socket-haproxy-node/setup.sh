node_app api <<'JS'
require('http').createServer((q, r) => {
  if (q.url === '/kill') process.exit(3);
  r.end('ok\n');
}).listen(3000, '127.0.0.1', () => console.log('listening on port 3000'));
JS
start api 3000
haproxy_conf <<'EOF'
frontend inner
    bind /run/haproxy/inner.sock mode 666
    default_backend app
backend app
    server a 127.0.0.1:3000
EOF
haproxy_up /run/haproxy/inner.sock
proxy_site api http://unix:/run/haproxy/inner.sock
nginx_up
