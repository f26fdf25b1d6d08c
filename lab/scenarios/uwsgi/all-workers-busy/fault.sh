hold http://shop.test/import 3
busy() { [ "$(ss -Hlx src /run/shop/uwsgi.sock | awk '{ print $3 }')" -ge 1 ]; }
eventually busy
