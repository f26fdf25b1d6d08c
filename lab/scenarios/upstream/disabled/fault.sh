sed -i 's/3001;/3001 down;/' /etc/nginx/conf.d/api.conf
nginx_reload
