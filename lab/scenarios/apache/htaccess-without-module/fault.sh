a2dismod -q proxy_http >/dev/null
systemctl restart apache2
wait_port 80
