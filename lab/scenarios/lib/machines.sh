# shellcheck shell=bash
# Other machines, networks of their own and containers.

# machine ADDRESS...: other machines that answer on the lab's network.
machine() {
    local address
    for address in "$@"; do ip address add "$address/24" dev lan; done
}

# far_app: a web application on 192.0.2.66:8080, until somebody makes /srv/close-port:
# then a packet filter drops what comes to it.
far_app() {
    machine 192.0.2.66
    cat >/srv/far.js <<'JS'
require('http').createServer((request, response) => response.end('far\n')).listen(8080, '192.0.2.66');
JS
    background node /srv/far.js
    background bash -c 'until [ -e /srv/close-port ]; do sleep 0.05; done
nft add table inet f
nft add chain inet f in "{ type filter hook input priority 0; }"
nft add rule inet f in tcp dport 8080 drop'
}

# apart NAME NETWORK: a network namespace with the address NETWORK.2; this host is its
# router, with NETWORK.1.
apart() {
    ip netns add "$1"
    ip link add "to-$1" type veth peer name to-host netns "$1"
    ip address add "$2.1/30" dev "to-$1"
    ip link set "to-$1" up
    ip -n "$1" address add "$2.2/30" dev to-host
    ip -n "$1" link set to-host up
    ip -n "$1" link set lo up
    ip -n "$1" route add default via "$2.1"
    echo 1 >/proc/sys/net/ipv4/ip_forward
}

# container NAME NETWORK COMMAND...: runs it in a network (address NETWORK.2), mount and
# process namespace of its own, in a control group named as Docker names them.
container() {
    local name=$1 id
    id=$(printf %s "$name" | sha256sum | cut -d' ' -f1)
    apart "$name" "$2"
    shift 2
    background systemd-run --quiet --scope --unit="docker-$id.scope" \
        ip netns exec "$name" unshare --mount --pid --fork --mount-proc --kill-child "$@"
}

# moving_app: an application on 192.0.2.20:3000 that moves to 192.0.2.21 when somebody
# makes /srv/move.
moving_app() {
    machine 192.0.2.20 192.0.2.21
    cat >/srv/orders.js <<'JS'
// Runs on 192.0.2.20 until it is told to move to 192.0.2.21.
const fs = require('fs');
const http = require('http');
const server = http.createServer((request, response) => response.end('orders\n'));
server.listen(3000, '192.0.2.20');
const timer = setInterval(() => {
  if (!fs.existsSync('/srv/move')) return;
  clearInterval(timer);
  server.close();
  server.closeAllConnections();
  http.createServer((request, response) => response.end('orders\n')).listen(3000, '192.0.2.21');
}, 50);
JS
    background node /srv/orders.js
}
