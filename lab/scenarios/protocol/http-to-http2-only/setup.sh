node_app rpc <<'JS'
require('http').createServer((request, response) => response.end('ok\n')).listen(50051, '127.0.0.1');
JS
start rpc 127.0.0.1:50051
proxy_site rpc http://127.0.0.1:50051
nginx_up
