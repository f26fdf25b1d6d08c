authority company
certificate app company app.internal
gunicorn_app app '--bind 127.0.0.1:8443 --certfile /etc/ssl/lab/app.crt --keyfile /etc/ssl/lab/app.key' <<<"$WSGI_HELLO"
start app 127.0.0.1:8443
proxy_site app https://127.0.0.1:8443
nginx_up
