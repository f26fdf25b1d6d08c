sed -i 's/443 ssl/443 ssl proxy_protocol/' /etc/nginx/sites-available/shop
systemctl restart nginx
wait_port 443
