node_app web 'Environment=PORT=3000' <<<"$NODE_HELLO"
start web 3000
node_app api 'Environment=PORT=3001' <<<"$NODE_HELLO"
start api 3001
haproxy_conf <<'CONF'
frontend in
    bind :80
    use_backend be_api if { hdr(host) -i api.test }
    default_backend be_web

backend be_web
    option httpchk GET /
    server s1 127.0.0.1:3000 check inter 300ms fall 2 rise 1

backend be_api
    server s1 127.0.0.1:3001 track be_web/s1
CONF
haproxy_up
