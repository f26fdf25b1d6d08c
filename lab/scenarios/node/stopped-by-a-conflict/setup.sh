node_app shop 'Environment=PORT=3000' <<<"$NODE_HELLO"
start shop 3000
proxy_site shop http://127.0.0.1:3000
nginx_up
unit shop-staging.service <<'UNIT'
[Unit]
Description=the shop's staging
Conflicts=shop.service

[Service]
User=shop
Environment=PORT=3050
ExecStart=/usr/bin/node /srv/shop/server.js
UNIT
