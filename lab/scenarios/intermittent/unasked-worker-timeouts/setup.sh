gunicorn_app app '--workers 3 --timeout 1 --bind 127.0.0.1:8000' <<'PY'
import time


def app(environ, start_response):
    if environ["PATH_INFO"] == "/export":
        time.sleep(20)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok\n"]
PY
start app 127.0.0.1:8000
apache_proxy app http://127.0.0.1:8000/ 'CustomLog ${APACHE_LOG_DIR}/app.log combined'
apache_up
