gunicorn_app app '--umask 0 --bind unix:/srv/app/run/app.sock' <<<"$WSGI_HELLO"
mkdir /srv/app/run
chown app:app /srv/app/run
start app /srv/app/run/app.sock
proxy_site app http://unix:/srv/app/run/app.sock
nginx_up
