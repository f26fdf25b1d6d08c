sed -i 's/server_name api.test;/server_name api.example.com;/' /etc/nginx/sites-available/api
nginx_reload
