sed -i 's#proxy_pass http:#proxy_pass https:#' /etc/nginx/sites-available/api
nginx_reload
