rm -r /srv/shop/releases/41
