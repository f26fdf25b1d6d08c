# shellcheck shell=bash
# Name servers.

# name_server LINE...: a name server on 127.0.0.1:5353 that knows these dnsmasq lines, and
# nothing else.
name_server() {
    printf '%s\n' 'port=5353' 'listen-address=127.0.0.1' 'bind-interfaces' 'no-resolv' 'no-hosts' \
        'no-daemon' 'local=/internal/' "$@" >/etc/names.conf
    unit names.service <<'EOF'
[Unit]
Description=Name server of the company

[Service]
ExecStart=/usr/sbin/dnsmasq --conf-file=/etc/names.conf --user=nobody

[Install]
WantedBy=multi-user.target
EOF
    systemctl restart names
    eventually answers_names
}
answers_names() { [ -n "$(ss -Hlun 'sport = :5353')" ]; }

# leads_to NAME ADDRESS...: what a name server (198.51.100.1, also for the desk) says.
leads_to() {
    local name=$1 address
    shift
    sed -i "/[[:space:]]$name\$/d" /etc/hosts
    for address in "$@"; do printf '%s %s\n' "$address" "$name" >>/srv/names; done
    echo 'nameserver 198.51.100.1' >/etc/resolv.conf
    background dnsmasq --keep-in-foreground --no-round-robin --no-resolv --no-hosts --addn-hosts=/srv/names \
        --listen-address=198.51.100.1 --bind-interfaces --pid-file
    eventually getent hosts "$name"
}
