rm -rf /srv/edge/cache
kill -HUP "$(cat /run/edge.pid)"
touch /srv/shop/closed
eventually sees http://shop.test/sale 503
rm /srv/shop/closed
hit http://shop.test/sale
