gunicorn_app app '--workers 2 --bind 127.0.0.1:8000' 'MemoryMax=120M
MemorySwapMax=0
OOMPolicy=continue' <<'PY'
import os


def app(environ, start_response):
    if environ["PATH_INFO"] == "/thumbnails" and os.path.exists("/srv/app/large"):
        pictures = [b"x" * (1 << 20) for _ in range(400)]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok\n"]
PY
start app 127.0.0.1:8000
proxy_site app http://127.0.0.1:8000
nginx_up
