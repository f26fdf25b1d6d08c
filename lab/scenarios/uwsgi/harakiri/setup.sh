uwsgi_app shop 'harakiri = 2' <<'PY'
import os
import time


def app(environ, start_response):
    if environ["PATH_INFO"] == "/export" and os.path.exists("/srv/shop/slow"):
        time.sleep(60)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"shop\n"]
PY
start shop /run/shop/uwsgi.sock
uwsgi_site shop /run/shop/uwsgi.sock
nginx_up
