systemctl stop mariadb
(sleep 4; systemctl start mariadb) &
endure http://shop.test/
wait
