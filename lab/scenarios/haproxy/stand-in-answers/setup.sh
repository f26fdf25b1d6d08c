node_app shop <<<"$NODE_HELLO"
start shop 3000
node_app sorry <<'JS'
require('http').createServer((q, r) => { r.statusCode = 503; r.end('we are down for maintenance\n'); }).listen(3001, '127.0.0.1');
JS
start sorry 3001
haproxy_backend 'server a 127.0.0.1:3000 check inter 300' 'server sorry 127.0.0.1:3001 backup'
haproxy_up
