user shop
mkdir -p /srv/shop /var/log/shop
cat >/srv/shop/app.py <<<"$WSGI_HELLO"
supervised shop '/usr/bin/gunicorn --bind 127.0.0.1:80%(process_num)02d app:app' <<'EOF'
directory=/srv/shop
user=shop
numprocs=2
process_name=%(program_name)s_%(process_num)02d
EOF
supervisor_up
wait_port 8000
wait_port 8001
proxy_site shop http://127.0.0.1:8001
nginx_up
