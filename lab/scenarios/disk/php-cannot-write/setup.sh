user app
mkdir -p /srv/app/data
mount -t tmpfs -o size=1M,mode=0777 data /srv/app/data
gunicorn_app app '--pid /srv/app/data/app.pid --bind 127.0.0.1:8000' <<'PY'
import os
import tempfile

with open("/srv/app/data/cache", "wb") as cache:
    cache.write(b"x" * 4096)
    cache.flush()


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok\n"]
PY
start app 127.0.0.1:8000
proxy_site app http://127.0.0.1:8000
nginx_up
