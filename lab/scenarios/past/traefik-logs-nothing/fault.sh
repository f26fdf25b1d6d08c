systemctl stop api
hit http://api.test/ 6
systemctl start api
wait_port 3000
hit http://api.test/ 3
