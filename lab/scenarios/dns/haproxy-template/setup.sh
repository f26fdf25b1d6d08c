node_app api 'Environment=PORT=3000' 'Environment=HOST=0.0.0.0' <<<"$NODE_HELLO"
start api 3000
name_server address=/app.internal/127.0.0.1
haproxy_conf <<'EOF'
resolvers lan
    nameserver d 127.0.0.1:5353
    hold nx 1s
    hold other 1s
    timeout retry 200ms
frontend web
    bind *:80
    default_backend app
backend app
    server-template app 2 app.internal:3000 resolvers lan init-addr none check inter 300ms
EOF
haproxy_up
eventually sees http://api.test/ 200
