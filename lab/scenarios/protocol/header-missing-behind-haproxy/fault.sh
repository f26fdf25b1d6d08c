sed -i 's/ send-proxy-v2//' /etc/haproxy/haproxy.cfg
systemctl reload haproxy
eventually sees http://shop.test/ 502
