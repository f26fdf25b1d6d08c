user itemsd
mkdir -p /opt/items/lib
cat >/opt/items/lib/main <<'JS'
const base = 8000;
require('http').createServer((request, response) => response.end('[]\n'))
  .listen(base + 765, '127.0.0.1', () => console.log('Server listening on http://127.0.0.1:' + (base + 765)));
JS
unit itemsd.service <<'U'
[Service]
User=itemsd
ExecStart=/usr/bin/node /opt/items/lib/main
[Install]
WantedBy=multi-user.target
U
start itemsd 8765
proxy_site api http://127.0.0.1:8765
nginx_up
