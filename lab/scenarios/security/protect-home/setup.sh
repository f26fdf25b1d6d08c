useradd --create-home deploy
chmod 711 /home/deploy
install -d -o deploy -g deploy -m 755 /home/deploy/blog /home/deploy/run
printf '%s\n' "$WSGI_HELLO" >/home/deploy/blog/app.py
unit blog.service <<'EOF'
[Unit]
Description=blog

[Service]
User=deploy
WorkingDirectory=/home/deploy/blog
UMask=0000
ExecStart=/usr/bin/gunicorn --bind unix:/home/deploy/run/blog.sock app:app

[Install]
WantedBy=multi-user.target
EOF
start blog.service /home/deploy/run/blog.sock
proxy_site blog http://unix:/home/deploy/run/blog.sock
nginx_up
