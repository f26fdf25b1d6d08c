sed -i 's/8443 ssl/8443 ssl proxy_protocol/' /etc/nginx/sites-available/shop
systemctl restart nginx
wait_port 8443
