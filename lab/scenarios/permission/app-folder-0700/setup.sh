user app
install -d -o app -g app -m 755 /srv/app /srv/app/private /srv/app/private/run
gunicorn_app app '--umask 0 --bind unix:/srv/app/private/run/g.sock' <<<"$WSGI_HELLO"
start app /srv/app/private/run/g.sock
conf app <<<'server { listen 80; server_name app.test; location / { proxy_pass http://unix:/srv/app/private/run/g.sock; } }'
nginx_up
