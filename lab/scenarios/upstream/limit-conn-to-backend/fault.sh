hold http://api.test/slow 3
busy() { [ "$(status http://api.test/)" = 502 ]; }
eventually busy
