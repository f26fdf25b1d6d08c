authority company
certificate api company api.internal
node_app api 'EnvironmentFile=/etc/default/api' <<'JS'
const fs = require('fs');
const answer = (request, response) => response.end('ok\n');
const server = process.env.TLS === 'on'
  ? require('https').createServer({
    key: fs.readFileSync('/etc/ssl/lab/api.key'),
    cert: fs.readFileSync('/etc/ssl/lab/api.crt'),
  }, answer)
  : require('http').createServer(answer);
server.listen(3000, '127.0.0.1');
JS
echo TLS=off >/etc/default/api
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
