node_app shop <<<"$NODE_HELLO"
start shop.service 3000
haproxy_backend 'server a 127.0.0.1:3000'
haproxy_up
cloudflare_visits
