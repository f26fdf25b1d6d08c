node_app shop 'Environment=PORT=3000' <<<"$NODE_HELLO"
start shop 3000
haproxy_backend 'server a 127.0.0.1:3000'
haproxy_up
