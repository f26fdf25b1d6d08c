systemctl stop api
hit http://api.test/ 2
systemctl start api
wait_port 3000
sleep 2 # what lighttpd says within a second of our request may be about that
