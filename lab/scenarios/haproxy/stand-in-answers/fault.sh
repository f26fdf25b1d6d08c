systemctl stop shop
eventually sees http://shop.test/ 503
sleep 2
