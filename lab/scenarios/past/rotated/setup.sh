node_app shop 'Environment=PORT=3000
Restart=always
RestartSec=2s' <<'JS'
const http = require('http');
http.createServer((request, response) => {
  if (request.url === '/cart') setTimeout(() => { throw new Error('no cart'); }, 1);
  else response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start shop 127.0.0.1:3000
proxy_site shop http://127.0.0.1:3000
nginx_up
