mkdir -p /srv/shop/releases/1
gunicorn_app shop '--bind unix:shop.sock -m 007 --workers 1' <<<"$WSGI_HELLO"
cp /srv/shop/app.py /srv/shop/releases/1/
chown -R shop:www-data /srv/shop
ln -sfn /srv/shop/releases/1 /srv/shop/current
sed -i 's#^WorkingDirectory=.*#WorkingDirectory=/srv/shop/current#; s/^Group=.*/Group=www-data/' /etc/systemd/system/shop.service
systemctl daemon-reload
start shop
eventually test -S /srv/shop/current/shop.sock
proxy_site shop http://unix:/srv/shop/current/shop.sock:/
nginx_up
