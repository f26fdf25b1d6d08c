user app
mkdir -p /srv/app
cat >/srv/app/server.py <<'PY'
import socketserver


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        length = b""
        while not length.endswith(b":"):
            byte = self.rfile.read(1)
            if not (byte.isdigit() or byte == b":"):
                return
            length += byte
        self.rfile.read(int(length[:-1]) + 1)
        self.wfile.write(b"Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nhello\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


Server(("127.0.0.1", 4000), Handler).serve_forever()
PY
app_unit app '/usr/bin/python3 /srv/app/server.py'
start app 127.0.0.1:4000
site app <<'CONF'
server {
    listen 80;
    server_name app.test;
    location / {
        include scgi_params;
        scgi_pass 127.0.0.1:4000;
    }
}
CONF
nginx_up
