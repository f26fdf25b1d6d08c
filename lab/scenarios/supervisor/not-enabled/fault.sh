systemctl disable -q --now supervisor
wait_gone 8001
