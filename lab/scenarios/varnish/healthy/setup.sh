varnish_api
systemctl stop api
hit http://api.test/ 3
systemctl start api
wait_port 3000
eventually sees http://api.test/ 200
