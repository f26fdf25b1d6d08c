node_app shop 'Environment=PORT=3000' <<'JS'
const http = require('http');
const fs = require('fs');
http.createServer((request, response) => {
  const slow = request.url === '/report' && fs.existsSync('/srv/shop/busy');
  setTimeout(() => response.end('ok\n'), slow ? 4000 : 1);
}).listen(process.env.PORT, '127.0.0.1');
JS
start shop 127.0.0.1:3000
site shop <<'EOF'
server {
    listen 80;
    server_name shop.test;
    access_log /var/log/nginx/shop.access.log;
    location / {
        proxy_pass http://127.0.0.1:3000;
        proxy_read_timeout 1s;
    }
}
EOF
nginx_up
