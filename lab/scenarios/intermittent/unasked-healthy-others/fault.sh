systemctl stop shop
hit http://shop.test/ 8
systemctl start shop
wait_port 3000
age_lines /var/log/nginx/error.log /var/log/nginx/access.log
nginx -s reopen
eventually sees http://shop.test/ 200
hit http://news.test/ 6
