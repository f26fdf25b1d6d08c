hold http://api.test/events 40
full() { [ "$(status http://api.test/)" = 502 ]; }
eventually full
