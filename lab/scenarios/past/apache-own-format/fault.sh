systemctl stop portal
(sleep 5; systemctl start portal) &
endure http://app.test/ 4
wait
