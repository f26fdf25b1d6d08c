systemctl stop green
hit http://api.test/ 30
sleep 5
hit http://api.test/ 15
systemctl start green
wait_port 3002
hit http://api.test/ 12
