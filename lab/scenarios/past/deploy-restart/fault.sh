(sleep 0.5; systemctl restart shop) &
endure http://shop.test/ 15
wait
