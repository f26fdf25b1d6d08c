node_app shop 'Environment=PORT=3000' <<<"$NODE_HELLO"
start shop 3000
caddy_conf <<'EOF'
http://shop.test {
    reverse_proxy 127.0.0.1:{$SHOP_PORT:3000}
}
EOF
caddy_up
