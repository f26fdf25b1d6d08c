node_app app <<'JS'
require('http').createServer((q, r) => {
  if (require('fs').existsSync('/srv/app/bad')) q.socket.destroy(); else r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start app 3000
apache_proxy app http://127.0.0.1:3000/
apache_up
