node_app api 'Environment=PORT=3000
Restart=always
RestartSec=100ms
StartLimitBurst=100' <<'JS'
const fs = require('fs');
require('http').createServer((request, response) => {
  if (request.url === '/export' && fs.existsSync('/srv/api/broken')) {
    setImmediate(() => { throw new TypeError('row.total is not a function'); });
    return;
  }
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
