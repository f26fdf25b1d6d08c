node_app zz-api 'Environment=PORT=3100' <<'JS'
const fs = require('fs');
require('http').createServer((request, response) => {
  if (fs.existsSync('/srv/zz-api/bad')) process.exit(7);
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start zz-api 127.0.0.1:3100
node_app a-worker 'Environment=API_URL=http://127.0.0.1:3100' <<<'setInterval(() => {}, 1000)'
start a-worker
sleep 6
systemctl stop a-worker
proxy_site api http://127.0.0.1:3100
nginx_up
