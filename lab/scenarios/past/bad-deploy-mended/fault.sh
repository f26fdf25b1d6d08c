cp /srv/shop/server.js /root/
sed -i "1i require('./prices');" /srv/shop/server.js
systemctl restart shop
hit http://shop.test/ 8
wait_state shop failed
hit http://shop.test/ 4
cp /root/server.js /srv/shop/server.js
systemctl reset-failed shop
systemctl start shop
wait_port 3000
hit http://shop.test/ 5
