for order in 1 2 3 4; do
    hit "http://shop.test/order/$order"
    eventually sees http://shop.test/ 200
    hit http://shop.test/ 3
    sleep 1
done
