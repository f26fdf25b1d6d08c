node_app files 'Environment=PORT=3000' <<'JS'
const fs = require('fs');
const part = Buffer.alloc(1 << 20, 'x');
require('http').createServer((request, response) => {
  response.setHeader('Content-Length', 12 << 20);
  let left = fs.existsSync('/srv/files/limit') ? 7 : 12;
  const more = () => {
    if (left-- === 0) { left < 0 && fs.existsSync('/srv/files/limit') ? response.destroy() : response.end(); return; }
    response.write(part, more);
  };
  more();
}).listen(process.env.PORT, '127.0.0.1');
JS
start files 127.0.0.1:3000
proxy_site files http://127.0.0.1:3000
nginx_up
