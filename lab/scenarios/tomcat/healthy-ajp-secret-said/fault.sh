sed -i '/ServerName/a <Location "/">\nRequire all denied\n</Location>' /etc/apache2/sites-available/shop.conf
systemctl reload apache2
eventually sees http://shop.test/ 403
