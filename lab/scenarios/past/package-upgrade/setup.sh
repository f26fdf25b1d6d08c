user shop
mkdir -p /root/pkg/DEBIAN /root/pkg/srv/shop
cat >/root/pkg/srv/shop/server.js <<'JS'
setTimeout(() => {
  require('http').createServer((request, response) => response.end('ok\n')).listen(3000, '127.0.0.1');
}, 2000);
JS
cat >/root/pkg/DEBIAN/postinst <<'EOF'
#!/bin/sh
systemctl daemon-reload
systemctl restart shop
EOF
chmod 755 /root/pkg/DEBIAN/postinst
build() {
    printf 'Package: shop-app\nVersion: %s\nArchitecture: all\nMaintainer: Shop <shop@example.org>\nDescription: the shop\n' "$1" >/root/pkg/DEBIAN/control
    dpkg-deb -b /root/pkg "/root/shop-$1.deb" >/dev/null
}
build 1.0
build 1.1
app_unit shop '/usr/bin/node /srv/shop/server.js'
dpkg -i /root/shop-1.0.deb
wait_port 3000
proxy_site shop http://127.0.0.1:3000
nginx_up
