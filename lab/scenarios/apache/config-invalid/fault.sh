sed -i 's/ProxyPreserveHost/ProxyPreserveHosts/' /etc/apache2/sites-available/api.conf
systemctl restart apache2 || :
