as_pm2 shop stop shop
wait_gone 3000
