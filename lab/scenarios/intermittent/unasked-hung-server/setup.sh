for member in blue:3001 green:3002; do
    node_app "${member%:*}" "Environment=PORT=${member#*:}" <<<"$NODE_HELLO"
    start "${member%:*}" "${member#*:}"
done
haproxy_backend 'balance roundrobin' 'timeout server 1s' 'server blue 127.0.0.1:3001 weight 4' 'server green 127.0.0.1:3002'
haproxy_up
