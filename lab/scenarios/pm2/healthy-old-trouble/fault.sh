as_pm2 shop stop mail
cp /srv/shop/app.js /srv/shop/good.js
sed -i "1i require('gone');" /srv/shop/app.js
as_pm2 shop restart shop
eventually grep -q 'too many unstable restarts' /home/shop/.pm2/pm2.log
cp /srv/shop/good.js /srv/shop/app.js
as_pm2 shop restart shop
eventually sees http://shop.test/ 200
