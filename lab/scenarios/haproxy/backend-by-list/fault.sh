systemctl stop b
hit http://b.test/ 2
