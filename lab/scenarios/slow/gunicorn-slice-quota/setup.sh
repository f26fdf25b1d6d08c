unit customer.slice <<'EOF'
[Unit]
Description=all of this customer's services
EOF
gunicorn_app prices '--workers 2 --timeout 120 --bind unix:/run/prices/prices.sock --umask 0' 'Slice=customer.slice
RuntimeDirectory=prices
RuntimeDirectoryMode=0755' <<'PY'
import hashlib


def app(environ, start_response):
    # 0.3 s of work
    hashlib.pbkdf2_hmac("sha256", b"prices", b"salt", 500000)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"prices\n"]
PY
start prices /run/prices/prices.sock
proxy_site prices http://unix:/run/prices/prices.sock 'proxy_read_timeout 3s;'
nginx_up
