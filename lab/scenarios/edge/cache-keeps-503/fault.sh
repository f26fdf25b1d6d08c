rm -rf /srv/edge/cache
edge_reload
touch /srv/shop/closed
eventually sees http://shop.test/sale 503
rm /srv/shop/closed
hit http://shop.test/sale
