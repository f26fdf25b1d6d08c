user app
mkdir -p /opt/app
printf '%s\n' "$WSGI_HELLO" >/opt/app/app.py
cd /opt/app
background setpriv --reuid=app --regid=app --clear-groups gunicorn --bind 127.0.0.1:8000 app:app
wait_port 8000
site app <<'INC'
upstream app { server 127.0.0.1:8000; keepalive 8; }
map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
server {
    listen 80;
    server_name app.test;
    location / {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_pass http://app;
    }
}
INC
nginx
wait_port 80
