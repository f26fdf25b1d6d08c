gunicorn_app app '' <<<"$WSGI_HELLO"
cat >/srv/app/gunicorn.conf.py <<'PY'
bind = "127.0.0.1:8123"
workers = 2
PY
start app 127.0.0.1:8123
site app <<'INC'
server {
    listen [::]:80 ipv6only=off;
    server_name app.test;
    location / {
        set $target http://127.0.0.1:8123;
        proxy_pass $target$request_uri;
    }
}
INC
rm /etc/nginx/sites-enabled/default
nginx_up
