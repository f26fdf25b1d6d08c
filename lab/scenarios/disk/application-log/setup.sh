mkdir -p /var/log/api
mount -t tmpfs -o size=1M,mode=0777 disk /var/log/api
node_app api 'Environment=PORT=3000' <<'JS'
const fs = require('fs');
const log = fs.createWriteStream('/var/log/api/access.log', { flags: 'a' });
require('http').createServer((request, response) => {
  log.write(request.url + ' ' + 'x'.repeat(4096) + '\n');
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
