gunicorn_app app '--bind 127.0.0.1:8000' <<<"$WSGI_HELLO"
start app 127.0.0.1:8000
proxy_site app http://127.0.0.1:8000
nginx_up
