sed -i 's/listen 443 ssl;/listen 443;/' /etc/nginx/sites-available/shop
nginx_reload
