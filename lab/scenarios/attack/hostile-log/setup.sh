node_app api 'Environment=PORT=3000' <<'EOF'
require('http').createServer((request, response) => {
  console.log(decodeURIComponent(request.url.slice(1)));
  response.end('ok\n');
}).listen(3000, '127.0.0.1');
EOF
start api 3000
proxy_site api http://127.0.0.1:3000
nginx_up
