systemctl start shop-staging
wait_port 3050
wait_gone 3000
