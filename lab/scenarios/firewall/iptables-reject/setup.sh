gunicorn_app app '--bind 192.0.2.10:8000' <<<"$WSGI_HELLO"
start app 192.0.2.10:8000
proxy_site app http://192.0.2.10:8000
nginx_up
