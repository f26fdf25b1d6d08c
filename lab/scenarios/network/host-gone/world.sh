machine 192.0.2.77
cat >/srv/far.js <<'JS'
require('http').createServer((request, response) => response.end('far\n')).listen(8080, '192.0.2.77');
JS
background node /srv/far.js
background bash -c 'until [ -e /srv/switch-off ]; do sleep 0.05; done; ip address del 192.0.2.77/24 dev lan'
