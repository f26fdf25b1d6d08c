systemctl stop app@3002
wait_gone 3002
