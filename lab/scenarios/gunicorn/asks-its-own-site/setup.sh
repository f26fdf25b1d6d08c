echo '127.0.0.1 app.test' >>/etc/hosts
gunicorn_app app '--workers 1 --timeout 300 --bind 127.0.0.1:8000' <<'PY'
import os
import urllib.request


def app(environ, start_response):
    if environ["PATH_INFO"] == "/report" and os.path.exists("/srv/app/with-rates"):
        urllib.request.urlopen("http://app.test/rates", timeout=60).read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"1.09\n"]
PY
start app 127.0.0.1:8000
proxy_site app http://127.0.0.1:8000 'proxy_read_timeout 2s;'
nginx_up
