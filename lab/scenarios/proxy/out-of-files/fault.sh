# Visitors that connect and say nothing.
background node -e 'for (let i = 0; i < 60; i++) require("net").connect(80, "127.0.0.1")'
full() { grep -q 'accept4() failed (24: Too many open files)' /var/log/nginx/error.log; }
eventually full
