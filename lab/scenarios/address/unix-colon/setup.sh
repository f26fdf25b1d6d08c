gunicorn_app app '--bind unix:/run/app/gunicorn.sock' 'RuntimeDirectory=app' <<<"$WSGI_HELLO"
start app /run/app/gunicorn.sock
mkdir -p /etc/nginx/apps/blue
cat >/etc/nginx/apps/blue/upstream.conf <<'INC'
upstream blue { server unix:/run/app/gunicorn.sock; }
INC
cat >/etc/nginx/apps/blue/server.conf <<'INC'
server {
    listen 80;
    server_name app.test;
    location / { proxy_pass http://blue; }
}
INC
conf apps <<<'include /etc/nginx/apps/*/*.conf;'
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/srv/app/gunicorn.sock")'
chown app: /srv/app/gunicorn.sock
chmod 666 /srv/app/gunicorn.sock
nginx_up
