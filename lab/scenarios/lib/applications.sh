# shellcheck shell=bash disable=SC2034 # variables are for the scenarios
# Units and users; applications in Node and Python.

# user NAME: a system user of its own.
user() { id -u "$1" >/dev/null 2>&1 || useradd --system --home-dir "/srv/$1" --shell /usr/sbin/nologin "$1"; }

# unit NAME: a unit file in /etc/systemd/system, from standard input.
unit() {
    cat >"/etc/systemd/system/$1"
    systemctl daemon-reload
}

# drop_in UNIT NAME: a drop-in for a unit, from standard input.
drop_in() {
    mkdir -p "/etc/systemd/system/$1.d"
    cat >"/etc/systemd/system/$1.d/$2.conf"
    systemctl daemon-reload
}

# node_app NAME [LINES]: /srv/NAME/server.js (standard input) as NAME.service with
# its own user. LINES go into [Service].
node_app() {
    user "$1"
    mkdir -p "/srv/$1"
    cat >"/srv/$1/server.js"
    chown -R "$1:$1" "/srv/$1"
    app_unit "$1" "/usr/bin/node /srv/$1/server.js" "${2:-}"
}

# gunicorn_app NAME ARGUMENTS [LINES]: /srv/NAME/app.py (standard input), served by gunicorn.
gunicorn_app() {
    user "$1"
    mkdir -p "/srv/$1"
    cat >"/srv/$1/app.py"
    chown -R "$1:$1" "/srv/$1"
    app_unit "$1" "/usr/bin/gunicorn $2 app:app" "${3:-}"
}

# app_unit NAME COMMAND [LINES]: the unit of an application that lives in /srv/NAME.
app_unit() {
    unit "$1.service" <<EOF
[Unit]
Description=$1 application
After=network.target

[Service]
User=$1
Group=$1
WorkingDirectory=/srv/$1
ExecStart=$2
${3:-}

[Install]
WantedBy=multi-user.target
EOF
}

# start UNIT [ADDRESS]: enables and starts it; returns when it listens on ADDRESS.
start() {
    systemctl enable -q "$1"
    systemctl restart "$1"
    [ -z "${2:-}" ] || wait_port "$2"
}

# NODE_HELLO: the smallest node application; PORT and HOST come from the environment.
NODE_HELLO=$(
    cat <<'EOF'
const http = require('http');
const server = http.createServer((request, response) => {
  response.setHeader('Content-Type', 'text/plain');
  response.end('hello from ' + request.url + '\n');
});
server.listen(process.env.PORT || 3000, process.env.HOST || '127.0.0.1', () => {
  console.log('listening on', server.address());
});
EOF
)

# WSGI_HELLO: the smallest Python application.
WSGI_HELLO=$(
    cat <<'EOF'
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello\n"]
EOF
)

# slow_acceptor: app.test behind nginx; once /srv/app/audit is there, the application takes
# only ten connections a second, and the kernel keeps hardly any for it.
slow_acceptor() {
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
}

# crashing_shop: shop.test behind nginx; a visit of /cart kills the application, which is
# back two seconds later.
crashing_shop() {
    node_app shop 'Environment=PORT=3000
    Restart=always
    RestartSec=2s' <<'JS'
const http = require('http');
http.createServer((request, response) => {
  if (request.url === '/cart') setTimeout(() => { throw new Error('no cart'); }, 1);
  else response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
    start shop 127.0.0.1:3000
    proxy_site shop http://127.0.0.1:3000
    nginx_up
}

# filling_app [LINES]: the node application api on port 3000 takes memory without end when
# /fill is asked for, where its unit allows it 80 MB. LINES stand in the unit.
filling_app() {
    node_app api "MemoryMax=80M
${1:+$1
}Environment=PORT=3000" <<'JS'
const kept = [];
require('http').createServer((q, r) => {
  if (q.url === '/fill') { for (;;) kept.push(Buffer.alloc(4 << 20, kept.length)); }
  r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
    start api 3000
}

# shop_and_staging: the unit of the shop's staging, which does not run yet, excludes the
# shop's (Conflicts=).
shop_and_staging() {
    node_app shop 'Environment=PORT=3000' <<<"$NODE_HELLO"
    start shop 3000
    proxy_site shop http://127.0.0.1:3000
    nginx_up
    unit shop-staging.service <<'UNIT'
[Unit]
Description=the shop's staging
Conflicts=shop.service

[Service]
User=shop
Environment=PORT=3050
ExecStart=/usr/bin/node /srv/shop/server.js
UNIT
}
