node_app api <<'JS'
const fs = require('fs');
require('http').createServer((q, r) => {
  if (fs.existsSync('/run/broken')) q.socket.destroy(); else r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start api 3000
caddy_conf <<'EOF'
http://api.test {
	log
	route {
		reverse_proxy 127.0.0.1:3000
	}
}
EOF
caddy_up
