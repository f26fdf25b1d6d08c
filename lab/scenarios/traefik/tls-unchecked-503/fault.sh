touch /srv/shop/closed
