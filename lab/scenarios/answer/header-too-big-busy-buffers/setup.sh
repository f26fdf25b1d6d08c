gunicorn_app login '--workers 2 --bind unix:/run/login/login.sock' 'RuntimeDirectory=login
RuntimeDirectoryMode=0755' <<'PY'
import os


def app(environ, start_response):
    token = "x" * (5200 if os.path.exists("/srv/login/roles") else 200)
    start_response("302 Found", [("Location", "https://sso.test/authorize?state=" + token)])
    return [b""]
PY
start login /run/login/login.sock
conf buffers <<'EOF'
# The machine is small.
proxy_buffer_size 2k;
proxy_buffers 4 2k;
proxy_busy_buffers_size 4k;
fastcgi_buffer_size 64k;
fastcgi_buffers 4 64k;
EOF
site login <<'EOF'
upstream login { server unix:/run/login/login.sock; }
server {
    listen 80;
    server_name login.test;
    location / { proxy_pass http://login; proxy_set_header Host $host; }
}
EOF
nginx_up
