node_app shop 'Environment=PORT=3000' <<'JS'
const http = require('http');
http.createServer((request, response) => {
  if (request.url === '/search') for (;;) ;
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
drop_in shop.service stop <<<'[Service]
TimeoutStopSec=1s'
start shop 127.0.0.1:3000
proxy_site shop http://127.0.0.1:3000 'proxy_read_timeout 1s;'
nginx_up
