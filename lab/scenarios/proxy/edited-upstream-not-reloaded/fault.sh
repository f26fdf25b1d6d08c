sed -i s/3000/3300/ /etc/default/api /etc/nginx/upstreams.d/api.conf
systemctl restart api
wait_port 127.0.0.1:3300
