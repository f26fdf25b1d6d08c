echo KEEP_ALIVE_MS=20 >/etc/default/api
start api 127.0.0.1:3000
hit http://api.test/ 40
