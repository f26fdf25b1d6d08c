cat >/srv/upstream/server.js <<'JS'
require('http').createServer((request, response) => { response.statusCode = 500; response.end(); }).listen(4881, '127.0.0.1');
JS
systemctl restart upstream
wait_port 4881
