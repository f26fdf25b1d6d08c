gunicorn_app stock '--bind 127.0.0.1:8000' <<'PY'
import os


def app(environ, start_response):
    if environ["PATH_INFO"] == "/report" and os.path.exists("/srv/stock/warehouse-down"):
        start_response("504 Gateway Timeout", [("Content-Type", "text/plain")])
        return [b"warehouse did not answer\n"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"report\n"]
PY
start stock 127.0.0.1:8000
mkdir -p /var/www/errors
echo '<h1>We will be back</h1>' >/var/www/errors/sorry.html
site stock <<'EOF'
server {
    listen 80;
    server_name stock.test;
    error_page 502 503 504 /sorry.html;
    location = /sorry.html { root /var/www/errors; internal; }
    location / {
        proxy_pass http://127.0.0.1:8000;
        proxy_intercept_errors on;
    }
}
EOF
proxy_site old http://127.0.0.1:9 ''
echo '127.0.0.1 old.test' >>/etc/hosts
nginx_up
hit http://old.test/
