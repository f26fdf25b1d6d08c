sed -i 's#60r/s#1r/m#; s/perip:1m/strict:1m/' /etc/nginx/conf.d/limits.conf
sed -i 's/perip/strict/' /etc/nginx/sites-available/api
nginx_reload
hit http://api.test/ 2
