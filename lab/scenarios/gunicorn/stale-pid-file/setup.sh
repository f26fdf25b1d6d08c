mkdir -p /run/shop
gunicorn_app shop '--bind 127.0.0.1:8000 --pid /run/shop/gunicorn.pid --workers 1' <<<"$WSGI_HELLO"
chown shop /run/shop
start shop 8000
proxy_site shop http://127.0.0.1:8000
nginx_up
