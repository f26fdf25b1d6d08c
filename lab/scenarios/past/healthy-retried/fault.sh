systemctl stop green
hit http://api.test/ 20
systemctl start green
wait_port 3002
hit http://api.test/ 4
