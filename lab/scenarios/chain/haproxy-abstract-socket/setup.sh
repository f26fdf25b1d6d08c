gunicorn_app shop '--bind 127.0.0.1:8000' <<<"$WSGI_HELLO"
start shop 8000
haproxy_conf <<'EOF'
frontend edge
    bind *:80
    default_backend to_inner
backend to_inner
    server inner abns@inner send-proxy-v2
frontend inner
    bind abns@inner accept-proxy
    default_backend py
backend py
    server one 127.0.0.1:8000
EOF
haproxy_up
