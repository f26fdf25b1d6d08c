rm /etc/nginx/sites-enabled/default
stream_conf <<'INC'
    server {
        listen 80;
        proxy_pass 192.0.2.66:8080;
    }
INC
nginx_up
