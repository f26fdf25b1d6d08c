systemctl stop db shop
wait_gone 3000
