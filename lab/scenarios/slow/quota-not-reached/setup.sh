node_app shop 'CPUQuota=15%' <<'JS'
const fs = require('fs');
require('http').createServer((request, response) => {
  const wait = fs.existsSync('/srv/shop/slow') ? 60000 : 0;
  setTimeout(() => response.end('shop\n'), wait);
}).listen(3000, '127.0.0.1');
JS
start shop.service 3000
unit backup.service <<'EOF'
[Service]
CPUQuota=2%
ExecStart=/bin/sh -c 'while :; do :; done'
EOF
systemctl start backup.service
proxy_site shop http://127.0.0.1:3000 'proxy_read_timeout 2s;'
nginx_up
