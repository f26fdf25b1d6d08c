cat >/srv/redis.py <<'PY'
import socketserver
class R(socketserver.BaseRequestHandler):
    def handle(self):
        while said := self.request.recv(65536):
            self.request.sendall(b"+PONG\r\n" * said.count(b"PING"))
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("127.0.0.1", 6379), R).serve_forever()
PY
unit redis-server.service <<'EOF'
[Unit]
Description=Advanced key-value store
[Service]
ExecStart=/usr/bin/python3 /srv/redis.py
DynamicUser=yes
[Install]
WantedBy=multi-user.target
EOF
start redis-server 6379
node_app api 'Environment=PORT=3000 REDIS_URL=redis://127.0.0.1:6379/0' <<'JS'
const net = require('net'); const url = new URL(process.env.REDIS_URL);
let c = null, ready = false, queue = [], delay = 50;
function dial() {
  c = net.connect(url.port, url.hostname);
  c.on('connect', () => { ready = true; delay = 50; for (const f of queue.splice(0)) f(); });
  c.on('data', (d) => { for (const f of waiting.splice(0, d.length / 7)) f(); });
  c.on('error', (e) => console.error('[ioredis] Unhandled error event:', e));
  c.on('close', () => { ready = false; delay = Math.min(delay * 2, 2000); setTimeout(dial, delay); });
}
const waiting = [];
function ping(f) { if (!ready) return queue.push(() => ping(f)); waiting.push(f); c.write('PING\r\n'); }
dial();
require('http').createServer((q, r) => ping(() => r.end('ok\n'))).listen(process.env.PORT, '127.0.0.1');
JS
start api 3000
proxy_site api http://127.0.0.1:3000 'proxy_read_timeout 2s;'
nginx_up
