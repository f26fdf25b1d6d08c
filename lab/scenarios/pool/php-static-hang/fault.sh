hold http://shop.test/wait.php 6
queued() { [ "$(ss -Hltn 'sport = :9000' | awk '{ print $2 }')" -ge 3 ]; }
eventually queued
