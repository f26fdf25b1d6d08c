systemctl stop blue green
hit http://api.test/ 4
systemctl start blue green
wait_port 3001
wait_port 3002
