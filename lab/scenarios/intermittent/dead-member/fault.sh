hit http://api.test/ 6
systemctl stop red
hit http://api.test/ 30
