gunicorn_app app '--workers 2 --bind unix:/run/app/gunicorn.sock' 'RuntimeDirectory=app' <<'PY'
import ctypes
import os


def app(environ, start_response):
    if environ["PATH_INFO"].startswith("/thumb/") and os.path.exists("/srv/app/new-library"):
        ctypes.string_at(0)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok\n"]
PY
start app /run/app/gunicorn.sock
conf app <<'INC'
upstream app { server unix:/run/app/gunicorn.sock fail_timeout=0; }
server {
    listen 80;
    listen [::]:80;
    server_name app.test www.app.test;
    location /static/ { root /srv/app; }
    location / {
        proxy_set_header Host $http_host;
        proxy_redirect off;
        proxy_pass http://app;
    }
}
INC
nginx_up
