background curl -s -o /dev/null --max-time 10 http://shop.test/search
sleep 0.2
(sleep 5; systemctl restart shop) &
endure http://shop.test/ 5
wait
