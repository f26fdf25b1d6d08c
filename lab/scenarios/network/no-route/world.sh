ip address add 198.51.100.7/32 dev lan
cat >/srv/far.js <<'JS'
require('http').createServer((request, response) => response.end('far\n')).listen(8080, '198.51.100.7');
JS
background node /srv/far.js
