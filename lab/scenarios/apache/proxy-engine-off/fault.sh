sed -i '/SSLProxyEngine/d' /etc/apache2/sites-available/api.conf
systemctl reload apache2
eventually sees http://api.test/ 500
