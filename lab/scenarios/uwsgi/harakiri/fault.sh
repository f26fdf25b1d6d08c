touch /srv/shop/slow
