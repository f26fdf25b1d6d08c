systemctl restart api
wait_port 3000
eventually sees http://api.test/ 200
