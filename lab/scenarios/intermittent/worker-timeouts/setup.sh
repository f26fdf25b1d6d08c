gunicorn_app app '--workers 3 --timeout 1 --bind unix:/run/app/app.sock' 'RuntimeDirectory=app' <<'PY'
import time


def app(environ, start_response):
    if environ["PATH_INFO"] == "/export":
        time.sleep(20)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok\n"]
PY
start app /run/app/app.sock
site app <<'EOF'
upstream app { server unix:/run/app/app.sock; }
server {
    listen 80;
    server_name app.test;
    location / { proxy_pass http://app; }
}
EOF
nginx_up
