user shop
node_app shop 'Environment=PORT=3000' <<'JS'
const http = require('http');
// Templates are compiled first.
setTimeout(() => {
  http.createServer((request, response) => response.end('ok\n')).listen(process.env.PORT, '127.0.0.1');
}, 3000);
JS
start shop 127.0.0.1:3000
site shop <<'EOF'
upstream shop { server 127.0.0.1:3000; }
server {
    listen 80;
    server_name shop.test www.shop.test;
    access_log /var/log/nginx/shop.access.log;
    location / { proxy_pass http://shop; }
}
EOF
nginx_up
