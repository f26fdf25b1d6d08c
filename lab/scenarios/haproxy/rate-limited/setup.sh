node_app api <<<"$NODE_HELLO"
start api 3000
haproxy_conf <<'EOF'
frontend web
    bind *:80
    stick-table type ip size 10k expire 10m store http_req_rate(5m)
    http-request track-sc0 src
    http-request deny deny_status 503 if { sc_http_req_rate(0) gt 20 }
    default_backend app
backend app
    server one 127.0.0.1:3000
EOF
haproxy_up
