user legacy
mkdir -p /srv/legacy
cat >/srv/legacy/server.py <<'PY'
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        size = b"five" if os.path.exists("/srv/legacy/upgraded") else b"5"
        self._headers_buffer.append(b"\r\n" + size + b"\r\nhello\r\n0\r\n\r\n")
        self.flush_headers()


ThreadingHTTPServer(("127.0.0.1", 8080), Page).serve_forever()
PY
app_unit legacy '/usr/bin/python3 /srv/legacy/server.py'
start legacy 127.0.0.1:8080
proxy_site legacy http://127.0.0.1:8080 'proxy_http_version 1.1;'
nginx_up
