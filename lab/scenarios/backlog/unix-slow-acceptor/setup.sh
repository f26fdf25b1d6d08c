user app
mkdir -p /srv/app
cat >/srv/app/server.py <<'PY'
import os
import socketserver
import time
from http.server import BaseHTTPRequestHandler


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def address_string(self):
        return "unix"


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    request_queue_size = 1
    daemon_threads = True

    def verify_request(self, request, client_address):
        # Each caller is looked up in a directory first.
        if os.path.exists("/srv/app/audit"):
            time.sleep(0.01)
        return True


os.umask(0)
Server("/run/app/app.sock", Page).serve_forever()
PY
app_unit app '/usr/bin/python3 /srv/app/server.py' 'RuntimeDirectory=app'
start app /run/app/app.sock
proxy_site app http://unix:/run/app/app.sock
nginx_up
