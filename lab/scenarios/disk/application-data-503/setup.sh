mkdir -p /data/notes
mount -t tmpfs -o size=256k tmpfs /data/notes
node_app notes 'Environment=PORT=3700 DATA_DIR=/data/notes' <<'JS'
const fs = require('fs');
require('http').createServer((q, r) => {
  try { fs.writeFileSync(process.env.DATA_DIR + '/visit-' + process.hrtime.bigint(), 'x'.repeat(4000)); r.end('ok\n'); }
  catch (e) { console.error(e); r.statusCode = 503; r.end('try later\n'); }
}).listen(process.env.PORT, '127.0.0.1');
JS
chown notes /data/notes
start notes 3700
proxy_site notes http://127.0.0.1:3700
nginx_up
