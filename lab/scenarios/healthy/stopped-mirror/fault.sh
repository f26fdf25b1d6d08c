systemctl stop audit
hit http://api.test/ 2
