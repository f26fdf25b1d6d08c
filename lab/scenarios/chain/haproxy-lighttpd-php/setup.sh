lighttpd_php 8081
haproxy_conf <<'EOF'
frontend web
    bind *:80
    default_backend pages
backend pages
    server p1 127.0.0.1:8081
EOF
haproxy_up
