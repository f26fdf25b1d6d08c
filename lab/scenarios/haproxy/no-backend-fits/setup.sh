node_app shop <<<"$NODE_HELLO"
start shop 3000
haproxy_conf <<'EOF'
frontend web
    bind *:80
    acl is_shop hdr(host) -i shop.test
    use_backend shop if is_shop

backend shop
    server a 127.0.0.1:3000
EOF
haproxy_up
