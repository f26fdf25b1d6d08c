touch /var/www/shop/maintenance.on
