site app <<'EOF'
server {
    listen 80;
    server_name app.test;
    location / {
        include fastcgi_params;
        fastcgi_pass 127.0.0.1:8000;
        fastcgi_read_timeout 2s;
    }
}
EOF
nginx_reload
