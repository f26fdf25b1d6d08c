systemctl stop app
hit http://app.test/ 2
