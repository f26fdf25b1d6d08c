node_app shop 'Environment=PORT=3000' <<'JS'
require('http').createServer((request, response) => {
  setTimeout(() => response.end('ok\n'), request.url === '/502' ? 2000 : 5);
}).listen(process.env.PORT, '127.0.0.1');
JS
start shop 127.0.0.1:3000
proxy_site shop http://127.0.0.1:3000
nginx_up
