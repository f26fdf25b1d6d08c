supervisorctl stop shop
wait_gone 8000
