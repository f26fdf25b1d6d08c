hit http://news.test/ 3
hit http://shop.test/ 5
(sleep 0.5; systemctl restart shop) &
endure http://shop.test/ 15
wait
hit http://news.test/ 3
