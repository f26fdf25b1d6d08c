sed -i 's/bind \*:80/bind *:80 accept-proxy/' /etc/haproxy/haproxy.cfg
systemctl restart haproxy
wait_port 80
