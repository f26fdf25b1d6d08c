sed -i 's/worker_connections 768;/worker_connections 24;/; s/^worker_processes auto;/worker_processes 1;/' /etc/nginx/nginx.conf
node_app api 'Environment=PORT=3000' <<'JS'
require('http').createServer((request, response) => {
  if (request.url === '/events') return response.write(': hello\n\n');
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000 'proxy_buffering off; proxy_read_timeout 1h;'
nginx_up
