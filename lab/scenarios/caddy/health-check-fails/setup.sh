node_app api <<'JS'
const fs = require('fs');
require('http').createServer((q, r) => {
  r.statusCode = q.url === '/health' && fs.existsSync('/run/moved') ? 404 : 200;
  r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start api 3000
caddy_conf <<'EOF'
http://api.test {
	reverse_proxy 127.0.0.1:3000 {
		health_uri /health
		health_interval 200ms
	}
}
EOF
caddy_up
