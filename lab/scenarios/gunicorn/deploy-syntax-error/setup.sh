user web
mkdir -p /opt/web/current
printf '%s\n' "$WSGI_HELLO" >/opt/web/current/app.py
unit web@.service <<'U'
[Unit]
Description=web on port %i

[Service]
User=web
WorkingDirectory=/opt/web/current
ExecStart=/usr/bin/gunicorn --bind 127.0.0.1:%i app:app
Restart=on-failure
RestartSec=200ms

[Install]
WantedBy=multi-user.target
U
for port in 8001 8002 8003; do start "web@$port" "127.0.0.1:$port"; done
conf web <<'INC'
upstream web {
    least_conn;
    server 127.0.0.1:8001;
    server 127.0.0.1:8002;
    server 127.0.0.1:8003;
    server 127.0.0.1:8009 backup;
}
server {
    listen 80 default_server;
    server_name shop.test;
    location / { proxy_pass http://web; }
}
INC
rm /etc/nginx/sites-enabled/default
nginx_up
