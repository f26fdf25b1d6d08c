machine 192.0.2.20
background python3 -m http.server --bind 192.0.2.20 8080
wait_port 192.0.2.20:8080
