gunicorn_app app '--bind unix:/tmp/app.sock' <<<"$WSGI_HELLO"
start app /tmp/app.sock
proxy_site app http://unix:/tmp/app.sock
nginx_up
