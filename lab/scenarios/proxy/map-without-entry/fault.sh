sed -i '/www/d' /etc/nginx/conf.d/backends.conf
nginx_reload
