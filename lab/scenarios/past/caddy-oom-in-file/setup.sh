node_app api 'MemoryMax=80M
Restart=always
RestartSec=4s
Environment=PORT=3000' <<'JS'
const kept = [];
require('http').createServer((q, r) => {
  if (q.url === '/fill') { for (;;) kept.push(Buffer.alloc(4 << 20, kept.length)); }
  r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start api 3000
mkdir -p /var/log/caddy
chown caddy: /var/log/caddy
caddy_conf <<'CADDY'
{
	admin off
	log {
		output file /var/log/caddy/all.log
	}
}

http://api.test {
	log
	reverse_proxy 127.0.0.1:3000
}
CADDY
caddy_up
