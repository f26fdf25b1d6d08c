node_app shop 'Environment=PORT=39999
Restart=always
RestartSec=100ms' <<'JS'
require('http').createServer((request, response) => {
  if (request.url === '/die') process.abort();
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start shop 127.0.0.1:39999
mkdir -p /etc/nginx/inc/deep
echo 'proxy_pass http://127.0.0.1:39999;' >/etc/nginx/inc/deep/pass.inc
echo 'location / { include inc/deep/*.inc; }' >/etc/nginx/inc/shop.inc
conf shop <<<'server { listen 80; server_name shop.test; include inc/*.inc; }'
nginx_up
