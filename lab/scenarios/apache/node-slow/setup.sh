node_app api <<'JS'
require('http').createServer((q, r) => {
  setTimeout(() => r.end('done\n'), q.url === '/report' && require('fs').existsSync('/srv/api/slow') ? 3000 : 1);
}).listen(3000, '127.0.0.1');
JS
start api 3000
apache_proxy api http://127.0.0.1:3000/ 'ProxyTimeout 1'
apache_up
