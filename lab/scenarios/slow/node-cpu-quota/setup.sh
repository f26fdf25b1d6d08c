node_app shop <<'JS'
const crypto = require('crypto');
require('http').createServer((request, response) => {
  // 150 ms of work
  if (request.url === '/report') crypto.pbkdf2Sync('shop', 'salt', 60000, 64, 'sha512');
  response.end('report\n');
}).listen(3000, '127.0.0.1');
JS
start shop.service 3000
proxy_site shop http://127.0.0.1:3000 'proxy_read_timeout 2s;'
nginx_up
