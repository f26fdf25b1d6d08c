node_app api 'Environment=PORT=3000' <<'JS'
const fs = require('fs');
const http = require('http');
http.createServer((request, response) => {
  if (request.url === '/avatar' && !fs.existsSync('/srv/api/avatars')) {
    request.socket.destroy();
    return;
  }
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
mkdir /srv/api/avatars
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
