machine 192.0.2.20 192.0.2.21
cat >/srv/orders.js <<'JS'
// Runs on 192.0.2.20 until it is told to move to 192.0.2.21.
const fs = require('fs');
const http = require('http');
const server = http.createServer((request, response) => response.end('orders\n'));
server.listen(3000, '192.0.2.20');
const timer = setInterval(() => {
  if (!fs.existsSync('/srv/move')) return;
  clearInterval(timer);
  server.close();
  server.closeAllConnections();
  http.createServer((request, response) => response.end('orders\n')).listen(3000, '192.0.2.21');
}, 50);
JS
background node /srv/orders.js
