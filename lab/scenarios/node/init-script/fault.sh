pkill -SEGV -f /srv/shop/server.js
wait_gone 3000
