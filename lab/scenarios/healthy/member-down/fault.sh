systemctl stop blue
hit http://api.test/ 5
