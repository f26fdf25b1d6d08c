gunicorn_app app '--threads 8 --timeout 300 --bind 127.0.0.1:8000' <<'PY'
import os
import socket


def app(environ, start_response):
    if environ["PATH_INFO"] == "/rates" and os.path.exists("/srv/app/outage"):
        socket.create_connection(("192.0.2.77", 443), timeout=20)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"1.09\n"]
PY
start app 127.0.0.1:8000
proxy_site app http://127.0.0.1:8000 'proxy_read_timeout 2s;'
nginx_up
