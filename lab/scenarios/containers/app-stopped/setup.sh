mkdir -p /srv/app
echo "$NODE_HELLO" >/srv/app/server.js
echo 0.0.0.0 >/srv/app/host
container app 10.0.3 bash -c 'while :; do HOST=$(cat /srv/app/host) node /srv/app/server.js; sleep 0.2; done'
eventually bash -c ': </dev/tcp/10.0.3.2/3000'
proxy_site api http://10.0.3.2:3000
nginx_up
