echo PORT=3001 >/etc/default/api
start api 127.0.0.1:3001
