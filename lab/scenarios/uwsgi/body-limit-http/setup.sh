user files
mkdir -p /srv/files
cat >/srv/files/app.py <<'PY'
def app(environ, start_response):
    size = len(environ["wsgi.input"].read())
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d bytes\n" % size]
PY
app_unit files '/usr/bin/uwsgi --plugins python3 --http-socket 127.0.0.1:8000 --module app:app --master --processes 2 --limit-post 100000 --die-on-term'
start files 127.0.0.1:8000
node_app mailer 'Environment=PORT=3025' <<'JS'
setTimeout(() => { throw new Error('mail'); }, 50);
JS
proxy_site files http://127.0.0.1:8000 'client_max_body_size 20m;'
nginx_up
head -c 5000000 /dev/zero >/srv/files/film
