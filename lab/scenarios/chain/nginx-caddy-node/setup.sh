node_app api <<'JS'
require('http').createServer((q, r) => {
  if (q.url === '/kill') process.exit(3);
  r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start api 3000
caddy_conf <<'EOF'
http://:8081 {
	reverse_proxy 127.0.0.1:3000
}
EOF
caddy_up 8081
proxy_site api http://127.0.0.1:8081
nginx_up
