systemctl stop supervisor
wait_gone 8001
