node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
haproxy_conf <<'CFG'
frontend web
    mode tcp
    option tcplog
    bind *:80
    default_backend app
backend app
    mode tcp
    retries 1
    server a 127.0.0.1:3000
CFG
haproxy_up
