sed -i s/0.0.0.0:8000/192.0.2.10:8000/ /etc/systemd/system/app.service
systemctl daemon-reload
start app 192.0.2.10:8000
