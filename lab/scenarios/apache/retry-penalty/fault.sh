systemctl stop app
hit http://app.test/ 2
systemctl start app
wait_port 3000
