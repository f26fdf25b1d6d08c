systemctl stop blue green
hit http://api.test/ 4
