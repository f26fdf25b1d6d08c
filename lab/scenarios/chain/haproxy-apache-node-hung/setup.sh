node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
apache_port 8080
apache_proxy api http://127.0.0.1:3000/
apache_up
haproxy_conf <<'EOF'
frontend web
    bind *:80
    default_backend apache
backend apache
    server web1 127.0.0.1:8080
EOF
haproxy_up
