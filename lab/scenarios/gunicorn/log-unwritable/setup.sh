mkdir -p /var/log/shop
gunicorn_app shop '--bind 127.0.0.1:8000 --workers 1 --error-logfile /var/log/shop/error.log' <<<"$WSGI_HELLO"
chown shop /var/log/shop
start shop 8000
proxy_site shop http://127.0.0.1:8000
nginx_up
