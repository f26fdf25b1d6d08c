mkdir -p /run/shop
mount -t tmpfs -o size=64k,nr_inodes=10,mode=777 shop /run/shop
gunicorn_app shop '--bind unix:/run/shop/app.sock -m 0 --workers 1' <<<"$WSGI_HELLO"
start shop /run/shop/app.sock
proxy_site shop http://unix:/run/shop/app.sock:/
nginx_up
