sed -i 's/8081 check/8081 check send-proxy/' /etc/haproxy/haproxy.cfg
sed -i '/httpchk\|http-check/d; s/ check send/ send/' /etc/haproxy/haproxy.cfg
systemctl reload haproxy
eventually sees http://shop.test/ 400
