mysql -e 'SET GLOBAL max_connections = 10'
full() { [ "$(status http://shop.test/)" = 500 ]; }
fill() { full || { hold http://shop.test/report.php; false; }; }
eventually fill
