node_app api 'EnvironmentFile=/etc/api.env
Restart=on-failure
RestartSec=100ms' <<'JS'
const http = require('http');
setTimeout(() => {
  if (!process.env.DATABASE_URL) throw new Error('DATABASE_URL is not set');
  http.createServer((request, response) => response.end('ok\n')).listen(3000, '127.0.0.1');
}, 50);
JS
echo DATABASE_URL=sqlite:/srv/api/db >/etc/api.env
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
