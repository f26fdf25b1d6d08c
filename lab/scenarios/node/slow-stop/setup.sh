node_app api 'Environment=PORT=3000
TimeoutStopSec=80' <<'JS'
const server = require('http').createServer((request, response) => response.end('ok\n'));
server.listen(process.env.PORT, '127.0.0.1');
process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections && server.closeAllConnections();
  console.log('finishing jobs');
  setTimeout(() => process.exit(0), 70000);
});
JS
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
