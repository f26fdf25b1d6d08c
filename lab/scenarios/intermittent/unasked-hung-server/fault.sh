systemctl kill -s STOP green
hit http://api.test/ 25
