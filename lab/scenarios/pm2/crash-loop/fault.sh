echo '{}' >/srv/shop/settings.json
as_pm2 shop restart shop
eventually grep -q 'too many unstable restarts' /home/shop/.pm2/pm2.log
