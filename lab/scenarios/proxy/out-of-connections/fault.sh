# Each of them holds two connections of nginx: one on either side.
full() { [ "$(status http://api.test/)" = 500 ]; }
fill() { full || { hold http://api.test/events; false; }; }
eventually fill
