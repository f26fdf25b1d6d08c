uwsgi_app photos 'limit-post = 100000000' <<'PY'
import ctypes
import os


def app(environ, start_response):
    environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/thumbnail" and os.path.exists("/srv/photos/new-library"):
        ctypes.string_at(0)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"photo\n"]
PY
start photos /run/photos/uwsgi.sock
uwsgi_site photos /run/photos/uwsgi.sock 'client_max_body_size 100m;'
nginx_up
head -c 3000000 /dev/zero >/srv/photos/photo
