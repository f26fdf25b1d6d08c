node_app legacy 'Environment=PORT=7000' <<'JS'
const fs = require('fs');
require('net').createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', () => {
    const twice = fs.existsSync('/srv/legacy/v2') ? 'Content-Length: 12\r\nTransfer-Encoding: chunked\r\n' : '';
    socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n' + twice + '\r\nok\n');
  });
}).listen(process.env.PORT, '127.0.0.1');
JS
start legacy 127.0.0.1:7000
proxy_site legacy http://127.0.0.1:7000
nginx_up
