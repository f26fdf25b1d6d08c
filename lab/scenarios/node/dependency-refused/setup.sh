cat >/srv/cache.py <<'PY'
import socketserver


class Cache(socketserver.BaseRequestHandler):
    def handle(self):
        while self.request.recv(1024):
            self.request.sendall(b"+OK\r\n")


socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("127.0.0.1", 6379), Cache).serve_forever()
PY
user cache
mkdir -p /srv/cache
app_unit cache '/usr/bin/python3 /srv/cache.py'
start cache 127.0.0.1:6379
node_app api 'Environment=PORT=3000' <<'JS'
const http = require('http');
const net = require('net');
const cache = net.connect(6379, '127.0.0.1', () => {
  http.createServer((request, response) => response.end('ok\n')).listen(process.env.PORT, '127.0.0.1');
});
cache.on('data', () => {});
JS
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
