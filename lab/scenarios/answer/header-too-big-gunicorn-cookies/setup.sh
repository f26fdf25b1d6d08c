gunicorn_app app '--bind unix:/run/app/g.sock' 'RuntimeDirectory=app' <<'PY'
import os


def app(environ, start_response):
    headers = [("Content-Type", "text/plain")]
    if environ["PATH_INFO"] == "/login" and os.path.exists("/srv/app/sso"):
        headers += [("Set-Cookie", "part%d=%s; Path=/" % (n, "x" * 900)) for n in range(6)]
    start_response("200 OK", headers)
    return [b"welcome\n"]
PY
start app /run/app/g.sock
snippet buffers <<'INC'
proxy_buffer_size 4k;
proxy_buffers 8 4k;
proxy_busy_buffers_size 8k;
INC
conf buffers <<<'include snippets/buffers.conf;'
proxy_site app http://unix:/run/app/g.sock
nginx_up
