node_app shop 'RuntimeDirectory=shop' <<'JS'
const fs = require('fs'); const p = process.argv[2];
try { fs.unlinkSync(p); } catch (e) {}
require('http').createServer((q, r) => r.end('shop\n')).listen(p, () => fs.chmodSync(p, 0o666));
JS
mkdir -p /var/lib/haproxy/shop
chown shop /var/lib/haproxy/shop
sed -i 's#server.js#server.js /var/lib/haproxy/shop/web.sock#' /etc/systemd/system/shop.service
systemctl daemon-reload
start shop /var/lib/haproxy/shop/web.sock
haproxy_backend 'server web unix@/shop/web.sock'
haproxy_up
