sed -i 's/:8000 /:8008 /' /etc/nginx/conf.d/backends.conf
nginx_reload
