mkdir -p /srv/shop/run
gunicorn_app shop '--workers 2 --bind unix:/srv/shop/run/gunicorn.sock' <<<"$WSGI_HELLO"
start shop /srv/shop/run/gunicorn.sock
proxy_site app http://unix:/srv/shop/run/gunicorn.sock
nginx_up
