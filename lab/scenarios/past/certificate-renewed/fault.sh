certificate old company pay.internal 20240101000000Z 20250101000000Z
cp /etc/ssl/lab/pay.crt /etc/ssl/lab/pay.key /root/
cp /etc/ssl/lab/old.crt /etc/ssl/lab/pay.crt
cp /etc/ssl/lab/old.key /etc/ssl/lab/pay.key
systemctl restart pay
wait_port 127.0.0.1:8443
hit http://pay.test/ 6
sleep 3
hit http://pay.test/ 3
cp /root/pay.crt /root/pay.key /etc/ssl/lab/
systemctl restart pay
wait_port 127.0.0.1:8443
hit http://pay.test/ 3
