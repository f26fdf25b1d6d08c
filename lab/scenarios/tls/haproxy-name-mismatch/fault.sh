sed -i 's/api.internal/web.internal/' /etc/haproxy/haproxy.cfg
systemctl restart haproxy
eventually sees http://api.test/ 503
