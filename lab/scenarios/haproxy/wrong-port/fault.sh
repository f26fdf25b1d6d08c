sed -i 's/127.0.0.1:3000/127.0.0.1:3003/' /etc/haproxy/haproxy.cfg
systemctl reload haproxy
eventually sees http://api.test/ 503
