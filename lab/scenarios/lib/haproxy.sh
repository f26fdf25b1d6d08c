# shellcheck shell=bash
# HAProxy.

# haproxy_conf: frontends and backends (standard input) behind Debian's own
# global and defaults.
haproxy_conf() {
    sed -i '/^frontend \|^backend \|^listen /,$d' /etc/haproxy/haproxy.cfg
    cat >>/etc/haproxy/haproxy.cfg
}

# haproxy_backend LINE…: HAProxy passes everything on port 80 to a backend of these lines.
haproxy_backend() {
    haproxy_conf < <(printf '%s\n' 'frontend web' '    bind *:80' '    default_backend app' '' 'backend app'
        printf '    %s\n' "$@")
}

# haproxy_up: checks the configuration, starts or reloads, and leaves it enabled.
haproxy_up() {
    haproxy -c -q -f /etc/haproxy/haproxy.cfg
    systemctl enable -q haproxy
    systemctl reload-or-restart haproxy
    # It binds a unix socket under another name and renames it.
    case ${1:-} in /*) eventually test -S "$1" ;; *) wait_port "${1:-80}" ;; esac
}

# haproxy_tracked: api.test goes to a server without a check of its own, which counts as
# down when the one that answers for everything else does (track).
haproxy_tracked() {
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
}
