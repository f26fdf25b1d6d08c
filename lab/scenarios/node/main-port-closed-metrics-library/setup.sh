mkdir -p /srv/shop/lib
cat >/srv/shop/lib/metrics.js <<'JS'
require('http').createServer((q, r) => r.end('# metrics\n')).listen(9464, '127.0.0.1');
JS
node_app shop <<'JS'
require('./lib/metrics');
const server = require('http').createServer((q, r) => { r.end('ok\n'); if (q.url === '/drain') server.close(); });
server.listen(3000, '127.0.0.1');
JS
start shop 3000
proxy_site shop http://127.0.0.1:3000
nginx_up
