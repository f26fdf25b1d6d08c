gunicorn_app app '--bind 127.0.0.1:8000' <<<"$WSGI_HELLO"
start app 127.0.0.1:8000
node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 127.0.0.1:3000
systemctl start mariadb
proxy_site api http://127.0.0.1:3000
conf backends <<'CONF'
upstream app_backend {
    server 127.0.0.1:8000 max_fails=3;
    keepalive 4;
}
CONF
proxy_site app http://app_backend
nginx_up
