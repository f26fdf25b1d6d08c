gunicorn_app live '--bind 127.0.0.1:8000' <<<"$WSGI_HELLO"
gunicorn_app staging '--bind 127.0.0.1:8001' <<<"$WSGI_HELLO"
start live 127.0.0.1:8000
start staging 127.0.0.1:8001
site app <<'EOF'
server {
    listen 80;
    server_name app.test;
    location / { proxy_pass http://127.0.0.1:8000; }
}
server {
    listen 8080;
    server_name app.test;
    location / { proxy_pass http://127.0.0.1:8001; }
}
EOF
nginx_up
