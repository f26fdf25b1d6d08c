sed -i '/ServerName/a RemoteIPProxyProtocol On' /etc/apache2/sites-available/shop.conf
systemctl restart apache2
wait_port 80
