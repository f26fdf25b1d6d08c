# shellcheck shell=bash
# Varnish.

# varnish_conf: the VCL (standard input), without its first line.
varnish_conf() {
    { echo 'vcl 4.1;' && cat; } >/etc/varnish/default.vcl
}

# varnish_up [PORT|SOCKET,OPTIONS] [OPTIONS]: starts or restarts it there, and leaves it enabled.
varnish_up() {
    local at=:${1:-80}
    case ${1:-} in /*) at=$1 ;; esac
    drop_in varnish.service port <<EOF
[Service]
ExecStart=
ExecStart=/usr/sbin/varnishd -j unix,user=vcache -F -a $at -T localhost:6082 -f /etc/varnish/default.vcl -S /etc/varnish/secret -s malloc,32m ${2:-}
EOF
    systemctl enable -q varnish
    systemctl restart varnish
    at=${1:-80}
    wait_port "${at%%,*}"
}

# varnish_api [PORT]: everything goes, uncached, to a node application on 127.0.0.1:3000.
varnish_api() {
    node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
    start api 3000
    varnish_conf <<'EOF'
backend default {
    .host = "127.0.0.1";
    .port = "3000";
}
sub vcl_recv {
    return (pass);
}
EOF
    varnish_up "${1:-80}"
}
