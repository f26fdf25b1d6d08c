sed -i 's/8000/8100/' /etc/systemd/system/shop.socket
systemctl daemon-reload
systemctl stop shop.service
systemctl restart shop.socket
wait_port 8100
