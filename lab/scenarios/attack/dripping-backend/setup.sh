node_app api <<'EOF'
const fs = require('fs');
require('net').createServer((socket) => {
  socket.on('error', () => {});
  const drip = () => {
    const head = 'HTTP/1.1 200 OK\r\nX-Padding: ' + 'a'.repeat(4000);
    let at = 0;
    const timer = setInterval(() => socket.write(head[at++ % head.length]), 200);
    socket.on('close', () => clearInterval(timer));
  };
  socket.once('data', () => fs.existsSync('/srv/api/drip') ? drip()
    : socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok'));
}).listen(3000, '127.0.0.1');
EOF
start api 3000
proxy_site api http://127.0.0.1:3000
nginx_up
