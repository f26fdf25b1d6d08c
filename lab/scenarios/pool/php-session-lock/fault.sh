hold 'http://shop.test/cart.php?slow=1' 1
sleep 0.3
for i in 1 2 3 4 5 6; do background curl -s --max-time 600 http://shop.test/cart.php; done
queued() { [ "$(ss -Hltn 'sport = :9100' | awk '{ print $2 }')" -ge 1 ]; }
eventually queued
