machine 192.0.2.66
cat >/srv/far.js <<'JS'
require('http').createServer((request, response) => response.end('far\n')).listen(8080, '192.0.2.66');
JS
background node /srv/far.js
