user app
mkdir -p /srv/app
cat >/srv/app/server.py <<'PY'
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

free = threading.Semaphore(4)


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        while os.path.exists("/srv/app/report-runs"):
            time.sleep(0.1)
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def finish(self):
        super().finish()
        free.release()

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    # Nobody is accepted while no thread is free.
    def get_request(self):
        free.acquire()
        return super().get_request()


Server(("127.0.0.1", 8000), Page).serve_forever()
PY
app_unit app '/usr/bin/python3 /srv/app/server.py'
start app 127.0.0.1:8000
proxy_site app http://127.0.0.1:8000 'proxy_read_timeout 2s;'
nginx_up
