systemctl stop nginx
hit http://shop.test/ 3
sleep 4
systemctl start nginx
wait_port 80
hit http://shop.test/ 3
