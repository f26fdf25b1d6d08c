mkdir -p /srv/media /srv/backing
unit srv-media.mount <<'EOF'
[Mount]
What=/srv/backing
Where=/srv/media
Type=none
Options=bind
EOF
gunicorn_app files '--bind 127.0.0.1:8000' <<<"$WSGI_HELLO"
sed -i 's/^After=network.target/After=network.target\nRequiresMountsFor=\/srv\/media/' /etc/systemd/system/files.service
systemctl daemon-reload
start files 8000
proxy_site files http://127.0.0.1:8000
nginx_up
