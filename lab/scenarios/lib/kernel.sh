# shellcheck shell=bash
# What the kernel has for this host: memory, tracked connections.

# limit_host MEBIBYTES: all the memory that this host has from now on.
limit_host() {
    local bytes=$(($1 << 20))
    if [ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ]; then
        echo "$bytes" >/sys/fs/cgroup/memory/memory.limit_in_bytes
    else
        echo "$bytes" >/sys/fs/cgroup/memory.max
    fi
}

# conntrack_full: the kernel's table of tracked connections of this host is filled with
# connections that last; it is as large as the machine's setting.
conntrack_full() {
    local most
    most=$(cat /proc/sys/net/netfilter/nf_conntrack_max)
    awk -v most="$most" 'BEGIN {
        for (n = 0; n < most + 4096; n++) {
            port = 1024 + n % 60000
            peer = "203.0.113." int(n / 60000) + 1
            print "-A -p tcp --state ESTABLISHED -u ASSURED,SEEN_REPLY -t 3600 -s", peer, "-d 192.0.2.10 -r 192.0.2.10 -q", peer, "--sport", port, "--dport 443 --reply-port-src 443 --reply-port-dst", port
        }
    }' | conntrack -R - 2>/dev/null || :
    [ "$(cat /proc/sys/net/netfilter/nf_conntrack_count)" -ge "$most" ]
}
