sed -i 's/listen 80/listen 127.0.0.1:80/' /etc/nginx/sites-available/shop
systemctl restart nginx; wait_port 127.0.0.1:80
