touch /srv/switch-off
unreachable() { ! curl -s --max-time 1 http://192.0.2.77:8080/; }
eventually unreachable
ip neigh flush dev eth0
