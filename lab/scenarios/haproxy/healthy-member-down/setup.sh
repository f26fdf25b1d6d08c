node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
haproxy_conf <<'EOF'
frontend web
    bind *:80
    acl shop hdr(host) -i shop.test
    use_backend shop if shop
    default_backend app
backend shop
    server s 127.0.0.1:9
backend app
    server a 127.0.0.1:3000 check inter 200ms
    server b 127.0.0.1:3001 check inter 200ms
EOF
haproxy_up
