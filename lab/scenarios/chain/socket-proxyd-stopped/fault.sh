systemctl stop api.service
hit http://api.test/
