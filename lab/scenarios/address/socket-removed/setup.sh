gunicorn_app app '--bind unix:/run/app/app.sock' 'RuntimeDirectory=app' <<<"$WSGI_HELLO"
start app /run/app/app.sock
site app <<'CONF'
upstream app { server unix:/run/app/app.sock fail_timeout=0; }
server {
    listen 80;
    server_name app.test;
    location / { proxy_pass http://app; }
}
CONF
nginx_up
