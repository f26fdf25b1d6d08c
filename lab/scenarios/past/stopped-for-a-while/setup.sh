gunicorn_app api '--workers 2 --bind unix:/run/api/api.sock' 'RuntimeDirectory=api' <<<"$WSGI_HELLO"
start api /run/api/api.sock
proxy_site api http://unix:/run/api/api.sock
nginx_up
