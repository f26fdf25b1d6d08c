gunicorn_app shop '--workers 2 --bind unix:/run/shop/gunicorn.sock' 'RuntimeDirectory=shop' <<<"$WSGI_HELLO"
start shop /run/shop/gunicorn.sock
proxy_site app http://unix:/run/shop/gunicorn.sock
nginx_up
