uwsgi_app shop 'socket = 127.0.0.1:3031' <<<"$WSGI_HELLO"
start shop 127.0.0.1:3031
uwsgi_site shop 127.0.0.1:3031
nginx_up
