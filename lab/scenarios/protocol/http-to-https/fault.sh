echo TLS=on >/etc/default/api
start api 127.0.0.1:3000
