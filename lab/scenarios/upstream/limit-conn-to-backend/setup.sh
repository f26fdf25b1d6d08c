node_app api 'Environment=PORT=3000' <<'JS'
require('http').createServer((request, response) => {
  setTimeout(() => response.end('ok\n'), request.url === '/slow' ? 600000 : 0);
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
site api <<'INC'
upstream api { zone api 64k; server 127.0.0.1:3000 max_conns=3; }
server {
    listen 80;
    server_name api.test;
    location / { proxy_pass http://api; proxy_read_timeout 600s; }
}
INC
nginx_up
