user legacy
mkdir -p /srv/legacy
cat >/srv/legacy/server.py <<'PY'
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        name = "X Request Id" if os.path.exists("/srv/legacy/trace") else "X-Request-Id"
        self.send_header(name, "42")
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")


ThreadingHTTPServer(("127.0.0.1", 8080), Page).serve_forever()
PY
app_unit legacy '/usr/bin/python3 /srv/legacy/server.py'
start legacy 127.0.0.1:8080
proxy_site legacy http://127.0.0.1:8080
nginx_up
