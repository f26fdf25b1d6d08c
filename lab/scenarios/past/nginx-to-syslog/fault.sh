systemctl stop api
(sleep 5; systemctl start api) &
endure http://api.test/ 4
wait
