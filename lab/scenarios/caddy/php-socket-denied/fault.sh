gpasswd -d caddy www-data
systemctl restart caddy
wait_port 80
