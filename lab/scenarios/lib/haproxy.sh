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
