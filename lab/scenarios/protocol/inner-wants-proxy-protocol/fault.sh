sed -i 's/8081;/8081 proxy_protocol;/' /etc/nginx/conf.d/inner.conf
systemctl restart nginx
wait_port 8081
