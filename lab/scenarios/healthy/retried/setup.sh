node_app flaky 'Environment=PORT=3001' <<'JS'
const net = require('net');
const http = require('http');
const fs = require('fs');
http.createServer((request, response) => {
  if (fs.existsSync('/srv/flaky/hang-up')) return request.socket.destroy();
  response.end('flaky\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
node_app steady 'Environment=PORT=3002' <<<"$NODE_HELLO"
start flaky 3001
start steady 3002
site api <<'EOF'
upstream api {
    server 127.0.0.1:3001 max_fails=0;
    server 127.0.0.1:3002;
}
server {
    listen 80;
    server_name api.test;
    location / { proxy_pass http://api; }
}
EOF
nginx_up
