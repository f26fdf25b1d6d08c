gunicorn_app app '--bind 127.0.0.1:8000' 'Type=notify' <<<"$WSGI_HELLO"
unit app-relay.socket <<'U'
[Socket]
ListenStream=127.0.0.1:8800
[Install]
WantedBy=sockets.target
U
unit app-relay.service <<'U'
[Unit]
Requires=app.service app-relay.socket
After=app.service
[Service]
ExecStart=/lib/systemd/systemd-socket-proxyd --exit-idle-time=1s 127.0.0.1:8000
U
systemctl enable -q --now app-relay.socket
proxy_site app http://127.0.0.1:8800 'proxy_read_timeout 5s;'
nginx_up
