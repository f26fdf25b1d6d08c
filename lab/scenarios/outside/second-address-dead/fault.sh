# Nobody listens there. The system prefers the other address, which is nearer to the desk's.
ip address add 203.0.113.9/32 dev lo
echo '203.0.113.9 shop.test' >>/srv/names
pkill -HUP -x dnsmasq
both() { [ "$(getent ahostsv4 shop.test | grep -c STREAM)" = 2 ]; }
eventually both
