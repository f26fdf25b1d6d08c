node_app api 'Environment=PORT=3000' <<'JS'
const fs = require('fs');
const http = require('http');
const cold = fs.existsSync('/srv/api/cold');
setTimeout(() => {
  http.createServer((request, response) => response.end('ok\n')).listen(process.env.PORT, '127.0.0.1');
}, cold ? 600000 : 0);
console.log(cold ? 'filling the cache' : 'the cache is warm');
JS
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
