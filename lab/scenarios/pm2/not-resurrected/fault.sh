systemctl disable -q pm2-shop
systemctl stop pm2-shop
wait_gone 3000
