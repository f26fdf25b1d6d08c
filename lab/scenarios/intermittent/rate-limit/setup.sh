node_app api 'Environment=PORT=3000' <<'JS'
require('http').createServer((request, response) => {
  setTimeout(() => response.end('ok\n'), request.url === '/slow' ? 1000 : 1);
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
conf limit <<<'limit_conn_zone $binary_remote_addr zone=each:1m;'
proxy_site api http://127.0.0.1:3000 'limit_conn each 2;'
nginx_up
