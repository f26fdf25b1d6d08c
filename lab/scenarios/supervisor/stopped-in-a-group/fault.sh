supervisorctl stop company:shop
wait_gone 8000
