sed -i /app.internal/d /etc/hosts
systemctl restart apache2
wait_port 80
