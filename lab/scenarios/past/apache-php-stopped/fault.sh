hit http://news.test/ 3
hit http://shop.test/ 3
systemctl stop "$PHP_UNIT"
(sleep 7; systemctl start "$PHP_UNIT") &
endure http://shop.test/ 5
wait
hit http://news.test/ 3
