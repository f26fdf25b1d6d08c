machine 192.0.2.66
cat >/srv/far.js <<'JS'
require('http').createServer((request, response) => response.end('far\n')).listen(8080, '192.0.2.66');
JS
background node /srv/far.js
background bash -c 'until [ -e /srv/close-port ]; do sleep 0.05; done
nft add table inet f
nft add chain inet f in "{ type filter hook input priority 0; }"
nft add rule inet f in tcp dport 8080 drop'
