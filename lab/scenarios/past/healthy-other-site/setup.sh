node_app shop 'Environment=PORT=3000' <<<"$NODE_HELLO"
start shop 3000
node_app blog 'Environment=PORT=3001
Restart=always
RestartSec=1s' <<'JS'
require('http').createServer((request, response) => {
  if (request.url === '/x') process.exit(1);
  response.end('blog\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start blog 127.0.0.1:3001
proxy_site shop http://127.0.0.1:3000
proxy_site blog http://127.0.0.1:3001
nginx_up
echo '127.0.0.1 blog.test' >>/etc/hosts
