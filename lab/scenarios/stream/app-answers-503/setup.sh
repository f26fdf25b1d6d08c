rm /etc/nginx/sites-enabled/default
node_app app <<'JS'
const fs = require('fs');
require('http').createServer((request, response) => {
  response.statusCode = fs.existsSync('/srv/app/closed') ? 503 : 200;
  response.end(response.statusCode === 503 ? 'closed for stocktaking\n' : 'open\n');
}).listen(3000, '127.0.0.1');
JS
start app 3000
stream_conf <<'INC'
    upstream app { server 127.0.0.1:3000; }
    server { listen 80; proxy_pass app; }
INC
nginx_up
