user app
mkdir -p /srv/app
printf '%s\n' "$WSGI_HELLO" >/srv/app/app.py
unit app.service <<'U'
[Unit]
Requires=app.socket
After=network.target

[Service]
Type=notify
User=app
WorkingDirectory=/srv/app
ExecStart=/usr/bin/gunicorn app:app
U
unit app.socket <<'U'
[Socket]
ListenStream=/run/gunicorn-app.sock
SocketUser=www-data

[Install]
WantedBy=sockets.target
U
systemctl enable -q --now app.socket
wait_port /run/gunicorn-app.sock
proxy_site app http://unix:/run/gunicorn-app.sock:
nginx_up
