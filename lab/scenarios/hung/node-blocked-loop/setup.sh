node_app api 'Environment=PORT=3000
CPUWeight=10
Nice=19' <<'JS'
const http = require('http');
http.createServer((request, response) => {
  if (request.url.startsWith('/search')) {
    // A page number that never reaches the last page.
    let page = 0;
    while (page !== 10) page += 0.3;
  }
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000 'proxy_read_timeout 2s;'
nginx_up
