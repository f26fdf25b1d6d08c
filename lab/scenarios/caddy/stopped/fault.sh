systemctl stop caddy
wait_gone 80
