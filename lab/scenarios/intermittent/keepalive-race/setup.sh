node_app api 'EnvironmentFile=/etc/default/api' <<'JS'
const http = require('http');
const server = http.createServer((request, response) => response.end('ok\n'));
server.keepAliveTimeout = Number(process.env.KEEP_ALIVE_MS);
server.listen(3000, '127.0.0.1');
// Prices are computed again all the time, and nothing else happens meanwhile.
function prices() {
  const until = Date.now() + 300;
  while (Date.now() < until);
}
setInterval(() => setImmediate(prices), 350);
JS
echo KEEP_ALIVE_MS=75000 >/etc/default/api
start api 127.0.0.1:3000
site api <<'EOF'
upstream api {
    server 127.0.0.1:3000;
    keepalive 16;
}
server {
    listen 80;
    server_name api.test;
    location / {
        proxy_pass http://api;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_next_upstream off;
    }
}
EOF
nginx_up
