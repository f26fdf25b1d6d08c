mkdir -p /var/lib/app
mount -t tmpfs -o size=20M,nr_inodes=200,mode=0777 disk /var/lib/app
gunicorn_app app '--worker-tmp-dir /var/lib/app --bind 127.0.0.1:8000' <<<"$WSGI_HELLO"
start app 127.0.0.1:8000
proxy_site app http://127.0.0.1:8000
nginx_up
