uwsgi_app shop 'need-app = true' <<<"$WSGI_HELLO"
start shop /run/shop/uwsgi.sock
uwsgi_site shop /run/shop/uwsgi.sock
nginx_up
