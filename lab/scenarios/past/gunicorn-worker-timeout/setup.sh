gunicorn_app app '--workers 2 --timeout 2 --bind 127.0.0.1:8000' <<'PY'
import time


def app(environ, start_response):
    if environ["PATH_INFO"] == "/report":
        time.sleep(20)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok\n"]
PY
start app 127.0.0.1:8000
proxy_site app http://127.0.0.1:8000
nginx_up
