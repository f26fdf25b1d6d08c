sed -i 's/.*/exit/' /srv/app/server.js
pkill -f 'node /srv/app/server.js'
eventually sees http://api.test/ 502
