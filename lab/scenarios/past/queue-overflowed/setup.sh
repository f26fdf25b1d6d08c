user app
mkdir -p /srv/app
cat >/srv/app/server.py <<'PY'
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1

    def verify_request(self, request, client_address):
        # Each caller is looked up in a directory first.
        if os.path.exists("/srv/app/audit"):
            time.sleep(0.1)
        return True


Server(("127.0.0.1", 8000), Page).serve_forever()
PY
app_unit app '/usr/bin/python3 /srv/app/server.py'
start app 127.0.0.1:8000
proxy_site app http://127.0.0.1:8000 'proxy_connect_timeout 300ms;'
nginx_up
