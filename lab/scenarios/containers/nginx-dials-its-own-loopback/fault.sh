sed -i 's/10.0.3.1:3000/127.0.0.1:3000/' /srv/image/nginx/conf.d/api.conf
sed -i 's/HOST=0.0.0.0/HOST=127.0.0.1/' /etc/systemd/system/api.service
systemctl daemon-reload
systemctl restart api.service
wait_port 127.0.0.1:3000
kill -HUP "$(pgrep -of 'nginx: master')"
eventually sees http://192.0.2.10/ 502
