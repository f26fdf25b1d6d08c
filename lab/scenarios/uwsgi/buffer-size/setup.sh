uwsgi_app shop <<'PY'
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"shop\n"]
PY
start shop /run/shop/uwsgi.sock
uwsgi_site shop /run/shop/uwsgi.sock
nginx_up
