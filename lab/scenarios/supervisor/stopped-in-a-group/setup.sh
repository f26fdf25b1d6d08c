user shop
mkdir -p /srv/shop /var/log/shop
cat >/srv/shop/app.py <<<"$WSGI_HELLO"
printf 'bind = "127.0.0.1:8000"\nworkers = 2\n' >/srv/shop/gunicorn.conf.py
supervised shop '/usr/bin/gunicorn -c gunicorn.conf.py app:app' <<'EOF'
directory=/srv/shop
user=shop
EOF
supervised mail '/usr/bin/python3 -m http.server 8025 --bind 127.0.0.1' <<<'directory=/srv/shop'
printf '[group:company]\nprograms=shop,mail\n' >/etc/supervisor/conf.d/zz-groups.conf
supervisor_up
wait_port 8000
proxy_site shop http://127.0.0.1:8000
nginx_up
