sed -i 's/PORT=3000/PORT=3300/' /etc/systemd/system/api.service
systemctl daemon-reload
start api 3300
