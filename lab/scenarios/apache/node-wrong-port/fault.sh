sed -i 's/localhost:3000/localhost:3001/' /etc/apache2/sites-available/api.conf
systemctl reload apache2
eventually sees http://api.test/ 503
