sed -i 's#/run/app/#/srv/app/#' /etc/nginx/apps/blue/upstream.conf
nginx_reload
