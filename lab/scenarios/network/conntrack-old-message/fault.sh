touch /srv/close-port
silent_now() { ! curl -s --max-time 1 http://192.0.2.66:8080/; }
eventually silent_now
