gunicorn_app thumbs '--workers 2 --bind 127.0.0.1:8000' 'OOMPolicy=continue' <<'PY'
import os


def app(environ, start_response):
    if environ["PATH_INFO"] == "/large" and os.path.exists("/srv/thumbs/large"):
        pictures = [b"x" * (1 << 20) for _ in range(800)]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok\n"]
PY
start thumbs 127.0.0.1:8000
proxy_site thumbs http://127.0.0.1:8000
nginx_up
