uwsgi_app shop <<'PY'
import time


def app(environ, start_response):
    if environ["PATH_INFO"] == "/import":
        time.sleep(600)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"shop\n"]
PY
start shop /run/shop/uwsgi.sock
uwsgi_site shop /run/shop/uwsgi.sock 'uwsgi_read_timeout 2s;'
nginx_up
