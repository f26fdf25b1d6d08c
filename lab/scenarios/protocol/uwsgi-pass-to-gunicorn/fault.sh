site app <<'INC'
server {
    listen 80;
    server_name app.test;
    location / {
        include uwsgi_params;
        uwsgi_pass 127.0.0.1:8000;
    }
}
INC
nginx_reload
