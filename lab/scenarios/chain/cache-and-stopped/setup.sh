mkdir -p /var/cache/nginx
conf cache <<'EOF'
proxy_cache_path /var/cache/nginx keys_zone=pages:1m max_size=50m;
EOF
node_app api 'Environment=PORT=3000' <<'JS'
const fs = require('fs');
require('http').createServer((request, response) => {
  if (fs.existsSync('/srv/api/broken')) response.statusCode = 502;
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000 'proxy_cache pages; proxy_cache_valid 200 1s; proxy_cache_valid any 1h;'
nginx_up
