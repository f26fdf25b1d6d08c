node_app orders 'EnvironmentFile=/etc/default/orders' <<'JS'
const http = require('http');
const server = http.createServer((request, response) => {
  request.resume();
  request.on('end', () => response.end('ok\n'));
});
server.keepAliveTimeout = Number(process.env.KEEP_ALIVE_MS);
server.listen(process.env.PORT);
setInterval(() => setImmediate(() => {
  const until = Date.now() + 150;
  while (Date.now() < until);
}), 200);
JS
printf 'PORT=4000\nKEEP_ALIVE_MS=75000\n' >/etc/default/orders
start orders 4000
conf upstreams <<'EOF'
upstream orders {
    least_conn;
    server 127.0.0.1:4000;
    keepalive 8;
    keepalive_timeout 30s;
}
EOF
proxy_site orders http://orders 'proxy_http_version 1.1; proxy_set_header Connection "";'
nginx_up
