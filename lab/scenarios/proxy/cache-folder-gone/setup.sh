mkdir -p /var/cache/pages
conf cache <<'EOF'
proxy_cache_path /var/cache/pages levels=1:2 keys_zone=pages:1m use_temp_path=off;
EOF
node_app files 'Environment=PORT=3000' <<'JS'
const body = Buffer.alloc(300 << 10, 'x');
require('http').createServer((request, response) => response.end(body)).listen(process.env.PORT, '127.0.0.1');
JS
start files 127.0.0.1:3000
proxy_site files http://127.0.0.1:3000 'proxy_cache pages; proxy_cache_valid 200 1s;'
nginx_up
