pkill -f "node server.js"
wait_gone 3000
