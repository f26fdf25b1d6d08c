sed -i 's/127.0.0.1:3000/127.0.0.1:3306/' /etc/nginx/sites-available/api
nginx_reload
broken() { [ "$(status http://api.test/)" = 502 ]; }
eventually broken
