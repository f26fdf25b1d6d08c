cat >/srv/rpc/server.js <<'JS'
require('http2').createServer((request, response) => response.end('ok\n')).listen(50051, '127.0.0.1');
JS
systemctl restart rpc
wait_port 50051
