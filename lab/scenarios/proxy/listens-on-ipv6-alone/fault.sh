sed -i 's/ ipv6only=off//' /etc/nginx/sites-available/shop
systemctl restart nginx
eventually test -s /run/nginx.pid
