node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
node_app portal 'AmbientCapabilities=CAP_NET_BIND_SERVICE' <<'JS'
require('http').createServer((request, response) => {
  response.statusCode = 503;
  response.end('portal is not set up\n');
}).listen(80);
JS
nginx_up
