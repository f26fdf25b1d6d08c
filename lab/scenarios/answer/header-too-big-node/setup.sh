node_app api 'Environment=PORT=3000' <<'JS'
const fs = require('fs');
const http = require('http');
http.createServer((request, response) => {
  if (fs.existsSync('/srv/api/flags')) {
    const cookies = [];
    for (let i = 0; i < 60; i++) cookies.push(`flag_${i}=${'x'.repeat(180)}; Path=/; HttpOnly`);
    response.setHeader('Set-Cookie', cookies);
  }
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
