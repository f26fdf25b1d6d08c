certificate pay company pay.internal 20240101000000Z 20250101000000Z
systemctl restart pay
wait_port 127.0.0.1:8443
