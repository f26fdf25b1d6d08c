conf limits <<'EOF'
limit_conn_zone $binary_remote_addr zone=perip:1m;
EOF
node_app api 'Environment=PORT=3000' <<'JS'
require('http').createServer((request, response) => {
  if (request.url === '/events') return response.write(': hello\n\n');
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000 'proxy_buffering off; proxy_read_timeout 1h; limit_conn perip 4;'
nginx_up
