sed -i 's#proxy_pass .*#proxy_pass http://127.0.0.1:80;#; /X-Forwarded-For/d' /etc/nginx/sites-available/api
nginx_reload
