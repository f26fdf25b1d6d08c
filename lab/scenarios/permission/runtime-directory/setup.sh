gunicorn_app app '--umask 0 --bind unix:/run/app/app.sock' 'RuntimeDirectory=app' <<<"$WSGI_HELLO"
start app /run/app/app.sock
conf upstreams <<<'upstream app { server unix:/run/app/app.sock; }'
proxy_site app http://app
nginx_up
