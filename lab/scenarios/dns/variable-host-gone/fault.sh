sed -i /orders/d /etc/names.conf
systemctl restart names
eventually answers_names
sleep 1.2
