hit http://other.test/ 3
systemctl stop api
(sleep 4; systemctl start api) &
endure http://api.test/ 5
wait
hit http://other.test/ 2
