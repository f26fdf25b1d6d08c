systemctl stop api
wait_gone 3000
