user legacy
mkdir -p /srv/legacy
cat >/srv/legacy/server.py <<'PY'
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302)
        self.send_header("Location", open("/srv/legacy/target").read())
        self.send_header("Content-Length", "0")
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", 8080), Page).serve_forever()
PY
printf /home >/srv/legacy/target
app_unit legacy '/usr/bin/python3 /srv/legacy/server.py'
start legacy 127.0.0.1:8080
proxy_site legacy http://127.0.0.1:8080
nginx_up
