mkdir /srv/shop/releases/2
cp /srv/shop/app.py /srv/shop/releases/2/
chown shop:www-data /srv/shop/releases/2
ln -sfn /srv/shop/releases/2 /srv/shop/current
