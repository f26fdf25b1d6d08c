node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
haproxy_conf <<'EOF'
frontend web
    bind *:80
    default_backend app

backend app
    server a 127.0.0.1:3000
EOF
haproxy_up
