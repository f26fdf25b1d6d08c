background mysql shop -e 'LOCK TABLES stock READ; SELECT SLEEP(600)'
locked() { mysql -e 'SHOW PROCESSLIST' | grep -q SLEEP; }
eventually locked
hold http://shop.test/ 8
queued() { [ "$(ss -Hlx src "$PHP_SOCKET" | awk '{ print $3 }')" -ge 3 ]; }
eventually queued
