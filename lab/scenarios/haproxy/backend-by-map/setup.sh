node_app a 'Environment=PORT=3001' <<<"$NODE_HELLO"
node_app b 'Environment=PORT=3002' <<<"$NODE_HELLO"
start a 3001; start b 3002
mkdir -p /etc/haproxy/maps
echo 'a.test be_a
b.test be_b' >/etc/haproxy/maps/hosts.map
haproxy_conf <<'EOF'
frontend web
    bind :80
    use_backend %[req.hdr(host),lower,map(/etc/haproxy/maps/hosts.map,be_a)]
backend be_a
    server a 127.0.0.1:3001
backend be_b
    retries 0
    server b 127.0.0.1:3002
EOF
haproxy_up
