sed -i 's/-i shop.test/-i www.shop.test/' /etc/haproxy/haproxy.cfg
systemctl reload haproxy
eventually sees http://shop.test/ 503
