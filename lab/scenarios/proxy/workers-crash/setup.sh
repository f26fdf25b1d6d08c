node_app api 'Environment=PORT=3000' <<'JS'
require('http').createServer((request, response) => setTimeout(() => response.end('ok\n'), 400))
  .listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
