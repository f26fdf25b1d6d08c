systemctl stop names
gone() { [ "$(status http://api.test/)" = 502 ]; }
eventually gone
