authority company
certificate shop company shop.test
certificate old company old.test 20230101000000Z 20240101000000Z
gunicorn_app shop '--bind 127.0.0.1:8000' <<<"$WSGI_HELLO"
start shop 127.0.0.1:8000
site shop <<'INC'
server {
    listen 443 ssl;
    server_name shop.test;
    ssl_certificate /etc/ssl/lab/shop.crt;
    ssl_certificate_key /etc/ssl/lab/shop.key;
    location / { proxy_pass http://127.0.0.1:8000; }
}
server {
    listen 443 ssl;
    server_name old.test;
    ssl_certificate /etc/ssl/lab/old.crt;
    ssl_certificate_key /etc/ssl/lab/old.key;
    location / { proxy_pass http://127.0.0.1:3900; }
}
INC
nginx_up
