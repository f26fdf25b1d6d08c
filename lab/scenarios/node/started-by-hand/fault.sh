pkill -TERM -u api node
wait_gone 8080
