cat >/srv/api/server.js <<'EOF2'
require('http').createServer((q, r) => { r.setHeader('X-Big', 'a'.repeat(20000)); r.end('x'); }).listen(3000, '127.0.0.1');
EOF2
systemctl restart api
wait_port 3000
