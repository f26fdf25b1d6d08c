systemctl stop api
down() { [ "$(status 'http://api.test/news?id=7')" = 502 ]; }
eventually down
