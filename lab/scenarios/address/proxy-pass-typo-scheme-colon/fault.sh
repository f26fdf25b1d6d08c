sed -i 's/127.0.0.1/192.0.2.10/' /etc/nginx/snippets/backend.conf
nginx_reload
