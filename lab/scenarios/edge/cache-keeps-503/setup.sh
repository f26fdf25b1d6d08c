node_app shop <<'JS'
const fs = require('fs');
require('http').createServer((request, response) => {
  if (fs.existsSync('/srv/shop/closed')) response.statusCode = 503;
  response.end('shop\n');
}).listen(3000, '127.0.0.1');
JS
start shop.service 3000
proxy_site shop http://127.0.0.1:3000
nginx_up
desk_up
edge_nginx <<'CONF'
proxy_cache_path /srv/edge/cache keys_zone=pages:1m;
server {
    listen 80;
    location / {
        proxy_pass http://192.0.2.10;
        proxy_set_header Host $host;
        proxy_cache pages;
        proxy_cache_valid any 1h;
        proxy_no_cache $arg_fresh;
        add_header X-Cache-Status $upstream_cache_status always;
    }
}
CONF
leads_to shop.test 203.0.113.2
