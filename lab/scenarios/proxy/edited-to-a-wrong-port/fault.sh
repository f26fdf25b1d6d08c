systemctl stop api
sleep 1.2
sed -i 's/:3000/:3001/' /etc/nginx/sites-available/api
