node_app shop 'Environment=PORT=3000
Restart=always
RestartSec=300ms' <<'JS'
const http = require('http');
http.createServer((request, response) => {
  if (request.url.startsWith('/order')) throw new Error('no stock');
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
drop_in shop.service limit <<<'[Unit]
StartLimitIntervalSec=0'
start shop 127.0.0.1:3000
proxy_site shop http://127.0.0.1:3000
nginx_up
