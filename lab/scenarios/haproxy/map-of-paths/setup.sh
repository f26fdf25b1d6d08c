node_app shop 'Environment=PORT=3001' <<<"$NODE_HELLO"
node_app orders 'Environment=PORT=3002' <<<"$NODE_HELLO"
start shop 3001; start orders 3002
mkdir -p /etc/haproxy/maps
cat >/etc/haproxy/maps/paths.map <<'EOF'
# path      backend
/           shop
/api/       shop
/api/v2/    orders
EOF
haproxy_conf <<'EOF'
frontend web
    bind :80
    use_backend be_%[path,map_beg(/etc/haproxy/maps/paths.map)]
    default_backend be_shop
backend be_shop
    server shop 127.0.0.1:3001
backend be_orders
    server orders 127.0.0.1:3002
EOF
haproxy_up
