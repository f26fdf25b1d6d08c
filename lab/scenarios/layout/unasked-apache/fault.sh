systemctl stop api
hit http://api.test/ 3
