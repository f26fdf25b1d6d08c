# Out for a while, and in again; only the first change was loaded.
sed -i 's/    listen 8081;/    # listen 8081;/' /etc/nginx/sites-available/api
systemctl restart nginx
wait_port 80
sleep 1.2
sed -i 's/    # listen 8081;/    listen 8081;/' /etc/nginx/sites-available/api
