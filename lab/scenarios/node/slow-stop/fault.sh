systemctl restart --no-block api
wait_gone 3000
