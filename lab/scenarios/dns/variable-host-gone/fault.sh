sed -i /orders/d /etc/names.conf
systemctl restart names
eventually answers_names
sleep 2.5
