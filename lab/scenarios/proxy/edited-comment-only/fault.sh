systemctl stop api
sleep 1.2
sed -i '1i # todo: tls' /etc/nginx/sites-available/api
