gunicorn_app shop '--bind unix:/run/shop/shop.sock' 'RuntimeDirectory=shop' <<<"$WSGI_HELLO"
start shop /run/shop/shop.sock
unit shop-door.socket <<'U'
[Socket]
ListenStream=/run/shop-door.sock
SocketUser=www-data
SocketMode=0600
[Install]
WantedBy=sockets.target
U
unit shop-door.service <<'U'
[Unit]
Requires=shop.service
After=shop.service
[Service]
DynamicUser=yes
SupplementaryGroups=shop
ExecStart=/lib/systemd/systemd-socket-proxyd /run/shop/shop.sock
U
systemctl enable -q --now shop-door.socket
proxy_site shop http://unix:/run/shop-door.sock: 'proxy_read_timeout 2s;'
nginx_up
