gunicorn_app app '--workers 2 --bind 127.0.0.1:8000' <<<"$WSGI_HELLO"
start app 127.0.0.1:8000
proxy_site app http://127.0.0.1:8000 'proxy_connect_timeout 1s;'
nginx_up
