ip address add 198.51.100.9/32 dev lo
node_app api 'Environment=PORT=3000 HOST=0.0.0.0' <<<"$NODE_HELLO"
start api 3000
haproxy_backend 'source 198.51.100.9' 'server a 127.0.0.1:3000'
haproxy_up
