node_app api 'Environment=PORT=3000' <<'JS'
const fs = require('fs');
const http = require('http');
http.createServer((request, response) => {
  const slow = request.url === '/export' && fs.existsSync('/srv/api/big');
  setTimeout(() => response.end('ok\n'), slow ? 3500 : 0);
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
site api <<'EOF'
server {
    listen 80;
    server_name api.test;
    proxy_read_timeout 30s;
    location / { proxy_pass http://127.0.0.1:3000; }
    location = /export {
        proxy_pass http://127.0.0.1:3000;
        proxy_read_timeout 2s;
    }
}
EOF
nginx_up
