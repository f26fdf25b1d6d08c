uwsgi_app photos 'limit-post = 1000000' <<'PY'
def app(environ, start_response):
    size = len(environ["wsgi.input"].read())
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d bytes\n" % size]
PY
start photos /run/photos/uwsgi.sock
uwsgi_site photos /run/photos/uwsgi.sock 'client_max_body_size 100m;'
nginx_up
head -c 3000000 /dev/zero >/srv/photos/photo
head -c 300000 /dev/zero >/srv/photos/icon
