user shop
mkdir -p /srv/shop /var/log/shop
cat >/srv/shop/app.py <<<"$WSGI_HELLO"
supervised shop '/usr/bin/gunicorn --bind 127.0.0.1:8000 app:app' <<'EOF'
directory=/srv/shop
user=shop
startsecs=5
startretries=1
stderr_logfile=/var/log/shop/error.log
EOF
supervisor_up
wait_port 8000
proxy_site shop http://127.0.0.1:8000
nginx_up
