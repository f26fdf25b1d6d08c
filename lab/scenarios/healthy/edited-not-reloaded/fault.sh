sleep 1.2
sed -i 's/:3000/:3999/' /etc/nginx/sites-available/api
