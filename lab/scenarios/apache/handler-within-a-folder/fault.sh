background mysql crm -e 'LOCK TABLES kunden WRITE; SELECT SLEEP(900)'
locked() { mysql -e 'SHOW PROCESSLIST' | grep -q SLEEP; }
eventually locked
