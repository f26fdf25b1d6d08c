user app
mkdir -p /srv/app
printf '%s\n' "$WSGI_HELLO" >/srv/app/app.py
unit app.service <<'U'
[Unit]
Requires=app.socket

[Service]
User=app
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn app:app
U
unit app.socket <<'U'
[Socket]
ListenStream=127.0.0.1:8800
[Install]
WantedBy=sockets.target
U
systemctl enable -q --now app.socket
proxy_site app http://127.0.0.1:8800 'proxy_read_timeout 5s;'
nginx_up
