systemctl stop api
(sleep 6; systemctl start api) &
endure http://api.test/
wait
