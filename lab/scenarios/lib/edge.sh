# shellcheck shell=bash
# Edges before this host: CDNs played by real servers.

# edge_nginx: an nginx (its http block's content on standard input) with the address
# 203.0.113.2 before this host, as a CDN is. edge_varnish: a real Varnish there.
edge_nginx() {
    apart edge 203.0.113
    mkdir -p /srv/edge
    { printf 'pid /run/edge.pid;\nevents {}\nhttp {\naccess_log off;\nerror_log /srv/edge/error.log;\n'; cat; echo '}'; } >/srv/edge/nginx.conf
    ip netns exec edge nginx -c /srv/edge/nginx.conf
    edge_answers
}
# edge_reload: the edge takes its configuration up; returns when no old worker answers.
edge_reload() {
    local old
    old=$(pgrep -d , -P "$(cat /run/edge.pid)")
    kill -HUP "$(cat /run/edge.pid)"
    eventually no_process "$old"
}
edge_varnish() {
    apart edge 203.0.113
    background ip netns exec edge varnishd -F -n /run/edge -a :80 -b "$1" -s malloc,16m
    edge_answers
}
edge_answers() { eventually bash -c ': </dev/tcp/203.0.113.2/80'; }

# edge_before_shop: shop.test leads to an edge, played by nginx, and this host is its origin.
edge_before_shop() {
    node_app shop <<<"$NODE_HELLO"
    start shop.service 3000
    proxy_site shop http://127.0.0.1:3000
    nginx_up
    desk_up
    edge_nginx <<'CONF'
server {
    listen 80;
    add_header CF-RAY 8f0a1b2c3d4e5f60-FRA always;
    location / { proxy_pass http://192.0.2.10; proxy_set_header Host $host; }
}
CONF
    leads_to shop.test 203.0.113.2
}

# cloudflare_before_shop: shop.test on this host, which Cloudflare's visitors reach:
# `as-cloudflare ADDRESS` asks for a page from 173.245.48.2 or 162.158.90.7, two of its
# published addresses, played by a network namespace.
cloudflare_before_shop() {
    node_app shop <<<"$NODE_HELLO"
    start shop.service 3000
    proxy_site shop http://127.0.0.1:3000
    nginx_up
    cloudflare_visits
}
# cloudflare_visits: those visitors alone, of whatever serves shop.test.
cloudflare_visits() {
    apart cloudflare 173.245.48
    ip -n cloudflare address add 162.158.90.7/32 dev to-host
    ip route add 162.158.90.7/32 via 173.245.48.2
    cat >/usr/local/bin/as-cloudflare <<'SCRIPT'
#!/bin/sh
exec ip netns exec cloudflare curl -s -o /dev/null --max-time 1 --interface "$1" -H 'Host: shop.test' "http://192.0.2.10/${2:-}"
SCRIPT
    chmod 755 /usr/local/bin/as-cloudflare
    for visitor in 1 2 3 4 5; do
        as-cloudflare 173.245.48.2
        as-cloudflare 162.158.90.7
    done
}

# ban_one_edge: a packet filter refuses one of those two addresses.
ban_one_edge() {
    nft -f - <<'NFT'
table inet guard {
    set banned { type ipv4_addr; elements = { 203.0.113.77, 162.158.90.7 }; }
    chain in {
        type filter hook input priority filter - 1; policy accept;
        tcp dport { 80, 443 } ip saddr @banned reject with icmp port-unreachable
    }
}
NFT
    as-cloudflare 173.245.48.2
    if as-cloudflare 162.158.90.7; then exit 1; fi
}
