node_app api 'Environment=HOST=0.0.0.0' <<<"$NODE_HELLO"
start api.service 3000
mkdir -p /srv/image/nginx
cp -a /etc/nginx/. /srv/image/nginx
rm -f /srv/image/nginx/sites-enabled/*
cat >/srv/image/nginx/conf.d/api.conf <<'CONF'
server {
    listen 80;
    location / { proxy_pass http://10.0.3.1:3000; }
}
CONF
container web 10.0.3 bash -c 'mount --bind /srv/image/nginx /etc/nginx && exec nginx -g "daemon off;"'
eventually bash -c ': </dev/tcp/10.0.3.2/80'
nft -f - <<'NFT'
table ip docker {
    chain prerouting { type nat hook prerouting priority -100; ip daddr 192.0.2.10 tcp dport 80 dnat to 10.0.3.2:80; }
    chain output { type nat hook output priority -100; ip daddr 192.0.2.10 tcp dport 80 dnat to 10.0.3.2:80; }
}
NFT
