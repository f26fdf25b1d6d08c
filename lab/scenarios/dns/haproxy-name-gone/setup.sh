node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
echo '127.0.0.1 app.internal' >>/etc/hosts
haproxy_backend 'server a app.internal:3000 init-addr libc,none check inter 300ms'
haproxy_up
