touch /srv/shop/busy
curl -s -o /dev/null --max-time 0.4 http://shop.test/report || :
for try in 1 2 3; do
    hit http://shop.test/report
    hit http://shop.test/ 3
done
rm /srv/shop/busy
hit http://shop.test/report 2
