sed -i 's#http://127.0.0.1:3000/#https://127.0.0.1:3000/#' /etc/apache2/sites-available/api.conf
systemctl reload apache2
eventually sees http://api.test/ 500
