hit http://app.test/ 3
pkill -SEGV -f /srv/auth/server.js
wait_gone 4180
endure http://app.test/
