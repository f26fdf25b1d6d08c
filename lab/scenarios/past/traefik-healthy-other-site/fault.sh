hit http://api.test/ 3
hit http://other.test/ 6
systemctl restart api
wait_port 3000
hit http://api.test/ 3
